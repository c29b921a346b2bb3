import { defaultSeed, type Sandbox, startSandbox } from "../sandbox/index.ts";
import { freePort } from "../src/store/embedded/free-port.ts";
import type { Folder } from "./folder.ts";
import { git } from "./git.ts";
import { type Installation, runCommand } from "./onbehalf.ts";
import { findOriginal } from "./repository.ts";

/** Who is an admin of this onbehalf. */
export const adminLogin = "linus";

/** Where the bot commits. */
export interface Target {
  fullName: string;
  branch: string;
  /** The bare repository. */
  path: string;
}

/** Checks what `--repo` names, before anything is started; null without one. */
export async function original(path: string | null) {
  const taken = defaultSeed.repositories.map(({ fullName }) => fullName);
  return path === null ? null : findOriginal(path, taken);
}

/** A GitHub of our own in this process. */
export async function startGithub(folder: Folder): Promise<Sandbox> {
  return startSandbox({ dataDir: folder.github, secondApp: true });
}

/** The repository to commit to: the seed's, or a copy of the one that was given. */
export async function prepareTarget(github: Sandbox, from: { path: string; fullName: string } | null): Promise<Target> {
  if (from) await github.addRepository(from.fullName, { from: from.path });
  const fullName = from?.fullName ?? "acme/site";
  const { path } = github.repository(fullName);
  return { fullName, path, branch: await git(["--git-dir", path, "symbolic-ref", "--short", "HEAD"]) };
}

/** The environment that an operator would give onbehalf, for this GitHub. */
export async function configure(folder: Folder, github: Sandbox, signal: AbortSignal) {
  const { second: lite } = github;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const bare: Installation = { folder: folder.path, environment: {} };
  const installation: Installation = {
    folder: folder.path,
    environment: {
      PUBLIC_URL: url,
      PORT: String(port),
      DATA_DIR: folder.data,
      ENCRYPTION_KEYS: await runCommand(bare, ["keys", "generate"], signal),
      SIGN_IN: "open",
      ADMIN_USERS: defaultSeed.people.flatMap(({ login, id }) => (login === adminLogin ? `gh.${id}` : [])).join(),
      GITHUB_URL: github.webUrl,
      GITHUB_API_URL: github.apiUrl,
      APP_ID: String(github.app.id),
      PRIVATE_KEY: github.app.privateKey,
      WEBHOOK_SECRET: github.app.webhookSecret,
      GITHUB_CLIENT_ID: github.app.clientId,
      GITHUB_CLIENT_SECRET: github.app.clientSecret,
      ...(lite && {
        GITHUB_LITE_APP_ID: String(lite.app.id),
        GITHUB_LITE_PRIVATE_KEY: lite.app.privateKey,
        GITHUB_LITE_WEBHOOK_SECRET: lite.app.webhookSecret,
        GITHUB_LITE_CLIENT_ID: lite.app.clientId,
        GITHUB_LITE_CLIENT_SECRET: lite.app.clientSecret,
      }),
    },
  };
  github.setCallbackUrls([`${url}/connect/github/callback`]);
  github.setWebhookUrl(`${url}/api/github/webhooks`);
  lite?.setCallbackUrls([`${url}/connect/github-lite/callback`]);
  lite?.setWebhookUrl(`${url}/api/github-lite/webhooks`);
  return { url, installation };
}
