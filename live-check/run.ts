import { BRANCH_PREFIX, createBranches } from "./branches.ts";
import type { Experiment, Tools } from "./experiment.ts";
import { createGithubApi } from "./github-api.ts";
import { lacking } from "./plan.ts";
import { hiding, markdownTable, type ReportRow } from "./report.ts";
import type { Settings } from "./settings.ts";
import { createTokens } from "./tokens.ts";

/**
 * Plays the experiments against GitHub and prints a table.
 * @param options.yes false: only what changes nothing
 * @returns whether nothing was left behind and every experiment that was played came to an answer
 */
export async function runLiveCheck(
  deps: { fetch: typeof globalThis.fetch; print: (line: string) => void },
  settings: Settings,
  options: { yes: boolean; experiments: Experiment[] },
): Promise<boolean> {
  const { print } = deps;
  const api = createGithubApi(deps, settings);
  const tokens = createTokens({ api, tell: print }, settings);
  const fullName = settings.repository ?? "none/none";
  const [owner = "", name = ""] = fullName.split("/");
  const branches = createBranches({ api, tokens }, fullName);
  const tools: Tools = { settings, api, tokens, branches, repository: { owner, name, fullName } };
  if (!options.yes) warn(print, options.experiments, settings);

  const rows: ReportRow[] = [];
  let sound = true;
  const left: string[] = [];
  try {
    for (const experiment of options.experiments) {
      const played = await playOne(experiment, tools, options);
      sound &&= !played.failed;
      rows.push(...played.rows);
      // Before a later experiment kills the tokens that could remove them.
      left.push(...(await branches.removeAll().catch((error) => [`branches ${BRANCH_PREFIX}…: ${String(error)}`])));
    }
  } finally {
    tokens.close();
  }
  const hide = hiding(settings, tokens);
  print(`\nAnswers of ${new URL(settings.apiUrl).host} on ${new Date().toISOString().slice(0, 10)}:\n`);
  print(markdownTable(rows, hide));
  for (const branch of left) print(`Left behind, remove it yourself: ${hide(branch)}`);
  return sound && left.length === 0;
}

async function playOne(experiment: Experiment, tools: Tools, { yes }: { yes: boolean }) {
  const { questions, chapter } = experiment;
  const all = (answer: string, evidence: string[] = []) =>
    questions.map((question) => ({ chapter, question, answer, evidence }));
  const missing = lacking(experiment, tools.settings);
  if (missing.length > 0) return { rows: all("not played", [`set ${missing.join(" and ")}`]), failed: false };
  const asksPerson = experiment.needs.includes("token") && tools.settings.userToken === null;
  const changes = experiment.changes ?? (asksPerson ? "a token of the person for the App is made" : null);
  if (changes !== null && !yes) return { rows: all("not played", [`with --yes: ${changes}`]), failed: false };
  try {
    const answers = await experiment.play(tools);
    const rows = questions.map((question, index) => ({
      chapter,
      question,
      answer: answers[index]?.answer ?? "no answer",
      evidence: answers[index]?.evidence ?? [],
    }));
    return { rows, failed: false };
  } catch (error) {
    return { rows: all("failed", [error instanceof Error ? error.message : String(error)]), failed: true };
  }
}

function warn(print: (line: string) => void, experiments: Experiment[], settings: Settings): void {
  print("Without --yes only what changes nothing is played. With it, on GitHub:");
  for (const { id, changes } of experiments.filter((one) => lacking(one, settings).length === 0)) {
    if (changes) print(`- ${id}: ${changes}`);
  }
  print(
    `Branches are named ${BRANCH_PREFIX}…, in ${settings.repository ?? "no repository"} alone. Use an App and a person`,
  );
  print("whose tokens nobody else needs: some experiments end all of that person's tokens for the App.");
}
