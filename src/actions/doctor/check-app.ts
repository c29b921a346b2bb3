import { z } from "zod";
import { appVariable } from "../../config/github-app.ts";
import type { Config } from "../../config/read-config.ts";
import { createAppInstallation } from "../../github/app-installation.ts";
import { createGithubClient, type GithubClient } from "../../github/client.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import { words } from "./examination.ts";
import { failure, type Outcome, ok, warning } from "./finding.ts";

const appAnswer = z.object({
  id: z.number(),
  slug: z.string(),
  name: z.string(),
  client_id: z.string().optional(),
  owner: z.object({ login: z.string().optional(), slug: z.string().optional(), type: z.string().optional() }).nullish(),
  permissions: z.record(z.string(), z.string()),
  events: z.array(z.string()),
});

/** The GitHub App, with what is needed to ask as it. */
export interface ReachedApp {
  client: GithubClient;
  jwt: string;
  slug: string;
  permissions: Record<string, string>;
  events: string[];
  /** Where its owner changes it. */
  settingsUrl: string;
}

/** GitHub takes the app's JWT, and it is the App that the configuration means. */
export async function checkApp(deps: { fetch: typeof globalThis.fetch }, config: Config): Promise<Outcome<ReachedApp>> {
  const { github } = config;
  const variable = (name: "APP_ID" | "GITHUB_CLIENT_ID") => appVariable(github.provider, name);
  const client = createGithubClient(deps, github);
  const jwt = await createAppInstallation({ ...deps, client }, github).jwt();
  let answer: { status: number; data: unknown };
  try {
    answer = await client.rest(jwt, "GET /app");
  } catch (error) {
    return explain(error, variable("APP_ID"));
  }
  const app = appAnswer.safeParse(answer.data);
  if (answer.status !== 200 || !app.success) {
    const says = `${github.apiUrl} answered ${answer.status} to GET /app, not as a GitHub does.`;
    return failure(says, "Set GITHUB_API_URL: https://api.github.com, or https://HOST/api/v3.");
  }
  const { id, slug, name, client_id, owner, permissions, events } = app.data;
  const wrong = [
    id === github.appId ? [] : [`its number is ${id} and ${variable("APP_ID")} is ${github.appId}`],
    !client_id || client_id === github.clientId
      ? []
      : [`its client id is ${client_id}, not ${variable("GITHUB_CLIENT_ID")}`],
  ].flat();
  if (wrong.length > 0) {
    const says = `GitHub knows the key as that of the App "${name}" (${slug}), but ${wrong.join(", and ")}.`;
    return failure(says, "Take all values from one App's settings page.");
  }
  const who = owner?.login ?? owner?.slug ?? "somebody";
  const settings = owner?.type === "Organization" ? `organizations/${who}/settings/apps` : "settings/apps";
  const settingsUrl = `${github.webUrl}/${settings}/${slug}`;
  const reached = { client, jwt, slug, permissions, events, settingsUrl };
  const says = `GitHub takes the App "${name}" (${slug}, number ${id}), which belongs to ${who}.`;
  if (config.signIn.kind === "org" && config.signIn.name.toLowerCase() !== who.toLowerCase()) {
    const others = `Members of ${config.signIn.name} may sign in, and only people of ${who} can authorise a private App.`;
    return {
      ...warning(`${says} ${others}`, "Transfer the App to the organisation, or make it public."),
      value: reached,
    };
  }
  return { ...ok(says), value: reached };
}

/** @param appId the variable with the App's number */
function explain(error: unknown, appId: string) {
  if (!(error instanceof ProviderFailure)) throw error;
  if (error.kind === "ours") {
    const repair = `${appId} and the private key must be of one App, and the clock right; else make a new private key.`;
    return failure("GitHub refuses the app's JWT.", repair);
  }
  if (error.kind === "throttled") return failure("GitHub's rate limit is reached.", "Try again later.");
  const repair = "See that GITHUB_API_URL is right and that this machine reaches it.";
  return failure(`GitHub can't be asked: ${words(error)}`, repair);
}
