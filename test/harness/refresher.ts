import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { freshToken } from "../../src/actions/accounts/fresh-token.ts";
import type { TokenDeps } from "../../src/actions/accounts/refreshing.ts";
import { readConfig } from "../../src/config/read-config.ts";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { Problem } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import { createMetrics } from "../../src/metrics/create-metrics.ts";
import { createProviders } from "../../src/providers/index.ts";
import { listenForAccountChanges } from "../../src/store/accounts/account-changes.ts";
import { readAccount } from "../../src/store/accounts/read-account.ts";
import { openDatabase } from "../../src/store/database.ts";
import { beginning, question } from "./refresher-messages.ts";

/* A process of its own that brings accounts to fresh tokens when it is asked to: what a replica does for a request. */

const tell = (message: unknown) => void process.send?.(message);

/** What a replica refreshes with, and nothing else: it is started often. */
function begin({ environment, databaseUrl, times, slowerMs }: z.infer<typeof beginning>): TokenDeps {
  const config = readConfig(environment);
  const log = createLog({ level: "silent" });
  const slow: typeof globalThis.fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("user-agent", `refresher ${process.pid}`);
    await sleep(Math.random() * slowerMs);
    const response = await fetch(input, { ...init, headers });
    await sleep(Math.random() * slowerMs);
    return response;
  };
  return {
    database: openDatabase({ log }, { url: databaseUrl }),
    changes: listenForAccountChanges({ log }, { url: databaseUrl }),
    keyring: createKeyring(config.encryptionKeys),
    providers: createProviders({ fetch: slow, log }, { github: config.github }),
    publicUrl: config.publicUrl,
    refreshes: new Map(),
    background: new Set(),
    metrics: createMetrics({ version: "0", node: "0" }),
    stopping: new AbortController().signal,
    log,
    times,
  };
}

async function refresh(deps: TokenDeps, accountId: string): Promise<string> {
  try {
    const account = await readAccount(deps.database, accountId);
    if (!account) return "no account";
    await freshToken(deps, account);
    return "fresh";
  } catch (error) {
    return error instanceof Problem ? error.code : String(error);
  }
}

let deps: TokenDeps | undefined;
process.on("message", async (message) => {
  if (!deps) {
    deps = begin(beginning.parse(message));
    return tell("ready");
  }
  const { id, accountId } = question.parse(message);
  tell({ id, told: await refresh(deps, accountId) });
});
process.on("disconnect", () => process.exit());
