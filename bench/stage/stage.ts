import { z } from "zod";
import { makeFolder } from "../../demo/folder.ts";
import { type Installation, lastLines, runCommand, startOnbehalf, untilReady } from "../../demo/onbehalf.ts";
import { Visitor } from "../../demo/visitor.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import type { BenchDeps } from "../benchmarks.ts";
import { type Github, startGithub } from "./github.ts";
import { inTurns } from "./in-turns.ts";
import { authorizeDirectly } from "./user-token.ts";

/** Somebody with a GitHub account that is connected to onbehalf. */
export interface Person {
  login: string;
  /** As onbehalf's API takes it. */
  reference: string;
  /** Their own token for the same app, for who works without onbehalf. */
  token: string;
}

/** onbehalf with its PostgreSQL and a GitHub, each a process of its own, and people who permitted a bot. */
export interface Stage {
  github: Github;
  /** Where onbehalf listens. */
  url: string;
  /** onbehalf's own process. */
  pid: number;
  /** The bot's key: it may do what was wished for everybody in every repository. */
  key: string;
  people: Person[];
}

export interface StageOptions {
  latencyMs: number;
  people: number;
  repositories: string[];
  /** What everybody permits the bot; left out: to commit and to open pull requests. */
  capabilities?: string[];
  /** Beside what onbehalf needs. */
  environment?: Record<string, string>;
  /** Puts something before GitHub's API, and answers where it listens. */
  apiInFront?(apiUrl: string): Promise<string>;
}

const botName = "bench-bot";
const bot = z.object({ id: z.string(), key: z.string() });

/** Sets everything up, does the work, and takes everything down in reverse order. */
export async function onStage<Result>(
  { progress, signal }: BenchDeps,
  options: StageOptions,
  work: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const { latencyMs, repositories, capabilities = ["commit", "pull-request"], environment = {} } = options;
  const undo: (() => Promise<void>)[] = [];
  let failed = true;
  const folder = await makeFolder();
  undo.push(() => folder.remove({ keepLog: failed && !signal.aborted }));
  try {
    progress(`Starting a GitHub that answers ${latencyMs} ms late, and onbehalf with its PostgreSQL.`);
    const url = `http://127.0.0.1:${await freePort()}`;
    const people = Array.from({ length: options.people }, (_, index) => ({
      login: `person-${index + 1}`,
      uid: 7_000_001 + index,
    }));
    const github = await startGithub({ dataDir: folder.github, latencyMs, onbehalfUrl: url, people, repositories });
    undo.push(github.close);
    const apiUrl = (await options.apiInFront?.(github.apiUrl)) ?? github.apiUrl;
    const place = { github, apiUrl, url, folder: folder.path, dataDir: folder.data };
    const installation = await configure({ ...place, environment, signal });
    const onbehalf = startOnbehalf(installation);
    undo.push(onbehalf.stop);
    const set = async () => {
      await untilReady(onbehalf, url, signal);
      const created = await runCommand(installation, ["bots", "create", botName, "--json"], signal);
      const { id, key } = bot.parse(JSON.parse(created));
      progress(`Connecting ${people.length} people through onbehalf's and GitHub's pages.`);
      const connected = await inTurns(people, 8, async ({ login, uid }) => {
        signal.throwIfAborted();
        const visitor = new Visitor(url, login);
        await visitor.signIn();
        await visitor.connect();
        await visitor.permit(id, "acme/*", capabilities);
        const { accessToken } = await authorizeDirectly(github, {
          login,
          callbackUrl: `${url}/connect/github/callback`,
        });
        return { login, reference: `gh.${uid}`, token: accessToken };
      });
      const { pid } = onbehalf;
      if (pid === undefined) throw new Error("onbehalf answers and has no process");
      return work({ github, url, pid, key, people: connected });
    };
    const result = await Promise.race([set(), aborted(signal), onbehalf.ended]);
    failed = false;
    return result;
  } catch (error) {
    if (!signal.aborted) for (const line of await lastLines(`${folder.path}/onbehalf.log`)) progress(`  ${line}`);
    throw error;
  } finally {
    for (const release of undo.reverse()) {
      await release().catch((error) => progress(`A part did not stop cleanly: ${error}`));
    }
  }
}

async function configure(place: {
  github: Github;
  apiUrl: string;
  url: string;
  folder: string;
  dataDir: string;
  environment: Record<string, string>;
  signal: AbortSignal;
}): Promise<Installation> {
  const { github, apiUrl, url, folder, dataDir, environment, signal } = place;
  return {
    folder,
    environment: {
      PUBLIC_URL: url,
      PORT: new URL(url).port,
      DATA_DIR: dataDir,
      ENCRYPTION_KEYS: await runCommand({ folder, environment: {} }, ["keys", "generate"], signal),
      SIGN_IN: "open",
      GITHUB_URL: github.webUrl,
      GITHUB_API_URL: apiUrl,
      APP_ID: String(github.app.id),
      PRIVATE_KEY: github.app.privateKey,
      WEBHOOK_SECRET: github.app.webhookSecret,
      GITHUB_CLIENT_ID: github.app.clientId,
      GITHUB_CLIENT_SECRET: github.app.clientSecret,
      // The browsers have addresses of their own: sign-ins are counted by address.
      TRUST_PROXY: "127.0.0.1",
      ...environment,
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}
