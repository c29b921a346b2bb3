import { readConfig } from "../../src/config/read-config.ts";
import { createLog } from "../../src/log.ts";
import { createServices, type Services } from "../../src/services.ts";
import { listenForAccountChanges } from "../../src/store/accounts/account-changes.ts";
import { type Database, openDatabase, type Queryable } from "../../src/store/database.ts";
import type { Stack } from "./stack.ts";

/** What a replica works with, without a server: a pool of its own, refreshes of its own, and what the test watches. */
export interface Replica {
  services: Services;
  /** Every statement that was sent, as its text. */
  statements: string[];
  log: string[];
  close(): Promise<void>;
}

export interface ReplicaOptions {
  databaseUrl?: string;
  fetch?: typeof globalThis.fetch;
  /** Runs before a statement is sent. */
  beforeStatement?: (text: string) => unknown;
}

/** Another replica on a stack's database. */
export async function openReplica(stack: Stack, options: ReplicaOptions = {}): Promise<Replica> {
  const lines: string[] = [];
  const statements: string[] = [];
  const log = createLog({ level: "debug" }, { write: (line) => void lines.push(line) });
  const url = options.databaseUrl ?? stack.databaseUrl;
  const pool = openDatabase({ log }, { url });
  const database = watched(pool, async (text) => {
    statements.push(text);
    await options.beforeStatement?.(text);
  });
  const changes = listenForAccountChanges({ log }, { url });
  const services = await createServices(
    { database, changes, log, fetch: options.fetch ?? globalThis.fetch },
    readConfig(stack.environment),
  );
  return {
    services,
    statements,
    log: lines,
    async close() {
      await Promise.all(services.background);
      await changes.close();
      await pool.close();
    },
  };
}

function watched(database: Database, before: (text: string) => Promise<void>): Database {
  const watch = (queryable: Queryable): Queryable => ({
    async query(statement) {
      await before(statement.text);
      return queryable.query(statement);
    },
  });
  return {
    ...watch(database),
    transaction: (work) => database.transaction((transaction) => work(watch(transaction))),
    close: () => database.close(),
  };
}
