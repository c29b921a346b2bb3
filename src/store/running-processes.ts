import { listeningName } from "./accounts/account-changes.ts";
import { one, type Queryable } from "./database.ts";

/**
 * How many processes run on this database, as far as it tells: behind a pooler, or as other database accounts, some may
 * not be seen.
 */
export async function countRunningProcesses(database: Queryable): Promise<number> {
  return one(
    await database.query<{ running: number }>({
      text: `SELECT count(*)::int AS running FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = $1`,
      values: [listeningName],
    }),
  ).running;
}
