import { firstDay, uncounted } from "./activity-days.ts";
import type { Queryable } from "./database.ts";

/** How many accounts a provider refused to renew on a day. */
export interface RefreshFailureDay {
  /** YYYY-MM-DD, in UTC. */
  day: string;
  provider: string;
  events: number;
}

const dayOf = "(e.at AT TIME ZONE 'UTC')::date";
const refused = `e.action = 'account.revoked' AND e.detail ->> 'reason' = 'refresh_failed' AND e.provider IS NOT NULL`;

/** Counts an hour's refusals, in the transaction that moves the errand on. */
export async function countRefreshFailures(transaction: Queryable, hour: Date): Promise<void> {
  await transaction.query({
    text: `INSERT INTO refresh_failure_days AS d (day, provider, events)
      SELECT ${dayOf}, e.provider, count(*) FROM audit_events e
      WHERE e.at >= $1 AND e.at < $1::timestamptz + interval '1 hour' AND ${refused} GROUP BY 1, 2
      ON CONFLICT (day, provider) DO UPDATE SET events = d.events + excluded.events`,
    values: [hour],
  });
}

/** The refusals of each of the last days by provider. Days without any are left out. */
export async function readRefreshFailures(database: Queryable): Promise<RefreshFailureDay[]> {
  const { rows } = await database.query<{ day: string; provider: string; events: number }>({
    name: "read-refresh-failures",
    // What is left to count is found by its time: the planner would else take the index by action, and all refusals ever.
    text: `WITH u AS MATERIALIZED (${uncounted}),
      recent AS MATERIALIZED (SELECT e.at, e.action, e.provider, e.detail FROM audit_events e
        WHERE e.at >= (SELECT since FROM u))
      SELECT to_char(d.day, 'YYYY-MM-DD') AS day, d.provider, sum(d.events)::integer AS events FROM (
        SELECT day, provider, events FROM refresh_failure_days WHERE day >= ${firstDay}
        UNION ALL
        SELECT ${dayOf}, e.provider, count(*) FROM recent e
        WHERE ${refused} GROUP BY 1, 2
      ) d GROUP BY d.day, d.provider ORDER BY d.day, d.provider`,
  });
  return rows;
}

/** Removes the counts of days that are not shown any more. */
export async function removeOldRefreshFailures(database: Queryable): Promise<void> {
  await database.query({ text: `DELETE FROM refresh_failure_days WHERE day < ${firstDay}` });
}
