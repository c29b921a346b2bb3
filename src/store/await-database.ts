import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Log } from "../log.ts";
import { isUnavailable } from "./database.ts";

const pauseMs = 1_000;
const connectTimeoutMs = 4_000;

/**
 * Waits for a PostgreSQL that can't be reached yet, as when everything on a machine starts together. What waiting does
 * not mend, such as a wrong password, is left to whoever uses the database next.
 * @param deps.signal ends the waiting
 * @throws the signal's reason
 */
export async function awaitDatabase(deps: { log: Log; signal: AbortSignal }, options: { url: string }): Promise<void> {
  for (;;) {
    deps.signal.throwIfAborted();
    const client = new Client({ connectionString: options.url, connectionTimeoutMillis: connectTimeoutMs });
    client.on("error", () => {}); // nothing is lost with it
    try {
      await client.connect();
      return;
    } catch (error) {
      if (!isUnavailable(error)) return;
      const reason = error instanceof Error && error.message ? error.message : String(error);
      deps.log.warn({ reason }, "the database can't be reached (DATABASE_URL); trying again until it can");
    } finally {
      await client.end().catch(() => {});
    }
    await sleep(pauseMs, undefined, { signal: deps.signal }).catch(() => {});
  }
}
