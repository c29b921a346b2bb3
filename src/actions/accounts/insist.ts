import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../errors.ts";
import type { Log } from "../../log.ts";

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Repeats a write for as long as the process lives, whatever the database has against it: what is written is nowhere
 * else. The database may have done it although its answer was lost, so `write` must bear being done twice.
 * @param waiting what waits, for the log
 */
export async function insist<Result>(
  deps: { log: Log },
  waiting: string,
  write: () => Promise<Result>,
): Promise<Result> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      return await write();
    } catch (error) {
      if (error instanceof Problem && error.code !== "database_unavailable") throw error;
      deps.log.error({ err: error }, `${waiting} waits for the database; keep this process running`);
      await sleep(pauseMs);
    }
  }
}
