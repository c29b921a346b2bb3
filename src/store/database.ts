import { Pool, type QueryConfig, type QueryResult, type QueryResultRow } from "pg";
import { Problem } from "../errors.ts";
import type { Log } from "../log.ts";

/** Where a statement runs: the pool, or the connection of a transaction. */
export interface Queryable {
  query<Row extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<Row>>;
}

export interface Database extends Queryable {
  /** Runs `work` in one transaction, rolled back when it throws. */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** A pool of connections. */
export interface DatabasePool extends Database {
  /** How it is used just now; waiting: statements that want a connection. */
  connections(): { total: number; idle: number; waiting: number };
}

/** Callers get their 503 within 5 s (contract, Outage), so no wait for a connection or a statement may take longer. */
const connectTimeoutMs = 4_000;
const usualStatementTimeoutMs = 4_000;

/**
 * Opens a pool on PostgreSQL. Connects lazily.
 * @param options.url a `postgres://` address
 * @param options.connections the most connections this process holds
 * @param options.statementTimeoutMs for whom no caller waits: a statement may take longer than a request may
 * @throws Problem `database_unavailable` from each call while PostgreSQL can't be reached
 */
export function openDatabase(
  deps: { log: Log },
  options: { url: string; connections?: number; statementTimeoutMs?: number },
): DatabasePool {
  const { statementTimeoutMs = usualStatementTimeoutMs } = options;
  const pool = new Pool({
    connectionString: options.url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs,
    application_name: "onbehalf",
  });
  let closing = false;
  // An idle connection that breaks (PostgreSQL restarts) is replaced by the pool; without a listener it would end us.
  // The pool hangs its whole client on the error, so only the sentence is logged.
  pool.on("error", ({ message }) => {
    if (!closing) deps.log.warn({ reason: message }, "an idle database connection was lost");
  });
  return {
    query: (statement) => available(() => pool.query(statement)),
    async transaction(work) {
      const client = await available(() => pool.connect());
      let broken: Error | undefined;
      const lost = (error: Error) => {
        broken = error;
      };
      client.on("error", lost);
      try {
        await available(() => client.query("BEGIN"));
        const result = await work({ query: (statement) => available(() => client.query(statement)) });
        await available(() => client.query("COMMIT"));
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch((rollbackError: Error) => {
          broken = rollbackError;
        });
        throw error;
      } finally {
        client.off("error", lost);
        client.release(broken);
      }
    },
    connections: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close() {
      // The pool doesn't wait until its connections are gone; PostgreSQL may end them first.
      closing = true;
      return pool.end();
    },
  };
}

async function available<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    throw new Problem("database_unavailable", "The database can't be reached just now. Try again in a few seconds.", {
      retryAfter: 5,
      cause: error,
    });
  }
}

/**
 * Whether PostgreSQL is away for a while, and not set up wrongly.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return (
    // 25006: it takes no writes now, as after a failover or with a full disk.
    /^(08|25006|40|53|57P0|58)/.test(code) ||
    /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN)/.test(code) ||
    code === "57014" ||
    /timeout|Connection terminated|Client was closed|not queryable/i.test(error.message)
  );
}

/** Whether a statement was refused by that unique index. */
export function violates(error: unknown, constraint: string): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "23505" &&
    "constraint" in error &&
    error.constraint === constraint
  );
}

/** The only row of an answer. */
export function one<Row extends QueryResultRow>(result: QueryResult<Row>): Row {
  const [row] = result.rows;
  if (!row) throw new Error("the database answered no row where it must answer one");
  return row;
}
