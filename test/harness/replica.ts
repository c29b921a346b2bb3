import type { QueryConfig, QueryResultRow } from "pg";
import { readConfig } from "../../src/config/read-config.ts";
import { createLog } from "../../src/log.ts";
import { createMetrics } from "../../src/metrics/create-metrics.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { createRequestIds } from "../../src/request-ids.ts";
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
  /** Beside those that the stack's environment configures. */
  providers?: Provider[];
  /** Runs before a statement is sent. */
  beforeStatement?: (text: string) => unknown;
  /** Runs when a statement is done; what it throws is all that the caller gets. */
  afterStatement?: (text: string) => unknown;
  /** Runs when a transaction is committed, with its statements; what it throws is all that the caller gets. */
  afterCommit?: (texts: string[]) => unknown;
}

/** Another replica on a stack's database. */
export async function openReplica(stack: Stack, options: ReplicaOptions = {}): Promise<Replica> {
  const lines: string[] = [];
  const statements: string[] = [];
  const log = createLog({ level: "debug" }, { write: (line) => void lines.push(line) });
  const url = options.databaseUrl ?? stack.databaseUrl;
  const pool = openDatabase({ log }, { url });
  const database = watched(pool, {
    before: async (text) => {
      statements.push(text);
      await options.beforeStatement?.(text);
    },
    after: async (text) => options.afterStatement?.(text),
    committed: async (texts) => options.afterCommit?.(texts),
  });
  const changes = listenForAccountChanges({ log }, { url });
  const services = await createServices(
    {
      database,
      changes,
      log,
      fetch: options.fetch ?? globalThis.fetch,
      providers: options.providers ?? [],
      metrics: createMetrics({ version: "0", node: "0" }),
      requestIds: createRequestIds(),
    },
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

interface Watch {
  before(text: string): Promise<void>;
  after(text: string): Promise<unknown>;
  committed(texts: string[]): Promise<unknown>;
}

function watched(database: Database, watch: Watch): Database {
  const around = (queryable: Queryable, texts: string[] = []): Queryable => ({
    async query<Row extends QueryResultRow>(statement: QueryConfig) {
      await watch.before(statement.text);
      const result = await queryable.query<Row>(statement);
      texts.push(statement.text);
      await watch.after(statement.text);
      return result;
    },
  });
  return {
    query: (statement) => around(database).query(statement),
    async transaction(work) {
      const texts: string[] = [];
      const result = await database.transaction((transaction) => work(around(transaction, texts)));
      await watch.committed(texts);
      return result;
    },
    close: () => database.close(),
  };
}
