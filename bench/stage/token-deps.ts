import { contractTimes } from "../../src/actions/accounts/refresh-times.ts";
import type { TokenDeps } from "../../src/actions/accounts/refreshing.ts";
import { type MasterKey, readMasterKeys } from "../../src/config/encryption-keys.ts";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { createLog } from "../../src/log.ts";
import { createMetrics } from "../../src/metrics/create-metrics.ts";
import type { GithubOptions } from "../../src/providers/github.ts";
import { createProviders } from "../../src/providers/index.ts";
import { listenForAccountChanges } from "../../src/store/accounts/account-changes.ts";
import { openDatabase } from "../../src/store/database.ts";
import { BenchError } from "../bench-error.ts";

/** What onbehalf's verbs about tokens need, wired as onbehalf wires it. */
export function openTokenDeps(place: {
  databaseUrl: string;
  /** As `ENCRYPTION_KEYS` has it. */
  encryptionKeys: string;
  github: GithubOptions;
  fetch: typeof globalThis.fetch;
}): { deps: TokenDeps; close(): Promise<void> } {
  const log = createLog({ level: "warn" }, { write: (line) => process.stderr.write(line) });
  const database = openDatabase({ log }, { url: place.databaseUrl });
  const changes = listenForAccountChanges({ log }, { url: place.databaseUrl });
  const deps: TokenDeps = {
    database,
    changes,
    log,
    keyring: createKeyring(oneOrMore(place.encryptionKeys)),
    providers: createProviders({ fetch: place.fetch, log }, { github: place.github }),
    times: contractTimes,
    publicUrl: "http://127.0.0.1",
    refreshes: new Map(),
    background: new Set(),
    metrics: createMetrics({ version: "0", node: "0" }),
    stopping: new AbortController().signal,
  };
  return {
    deps,
    async close() {
      await Promise.all(deps.background);
      await changes.close();
      await database.close();
    },
  };
}

function oneOrMore(text: string): [MasterKey, ...MasterKey[]] {
  const fault = (sentence: string) => {
    throw new BenchError(sentence);
  };
  const [first, ...more] = readMasterKeys({ ENCRYPTION_KEYS: text }, fault);
  if (!first) throw new BenchError("There is no key.");
  return [first, ...more];
}
