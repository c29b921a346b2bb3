import type { Experiment, Need } from "./experiment.ts";
import type { Settings } from "./settings.ts";

const VARIABLES: Record<Need, string> = {
  token: "LIVE_CHECK_USER_TOKEN (a ghu_ token) or LIVE_CHECK_CALLBACK_URL",
  browser:
    "LIVE_CHECK_CALLBACK_URL (a callback URL of the App on this machine, such as http://127.0.0.1:8976/callback)",
  repository: "LIVE_CHECK_REPOSITORY (owner/name of a repository that may be thrown away)",
  readOnlyRepository: "LIVE_CHECK_READ_ONLY_REPOSITORY (owner/name, with the App, where the person may only read)",
  archivedRepository: "LIVE_CHECK_ARCHIVED_REPOSITORY (owner/name, with the App)",
};

/** What is not set of what an experiment needs. */
export function lacking(experiment: Experiment, settings: Settings): string[] {
  const has: Record<Need, boolean> = {
    token: settings.userToken !== null || settings.callbackUrl !== null,
    browser: settings.callbackUrl !== null,
    repository: settings.repository !== null,
    readOnlyRepository: settings.readOnlyRepository !== null,
    archivedRepository: settings.archivedRepository !== null,
  };
  return experiment.needs.filter((need) => !has[need]).map((need) => VARIABLES[need]);
}

/** What would be done, step by step. */
export function planLines(experiments: Experiment[]): string[] {
  return experiments.flatMap(({ id, questions, steps, needs, changes }) => [
    "",
    id,
    ...questions.map((question) => `  ? ${question}`),
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    `  Needs: ${["the App's credentials", ...needs.map((need) => VARIABLES[need])].join("; ")}`,
    `  Changes: ${changes ?? "nothing"}`,
  ]);
}
