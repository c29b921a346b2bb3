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
    text: `WITH u AS MATERIALIZED (${uncounted})
      SELECT to_char(d.day, 'YYYY-MM-DD') AS day, d.provider, sum(d.events)::integer AS events FROM (
        SELECT day, provider, events FROM refresh_failure_days WHERE day >= ${firstDay}
        UNION ALL
        SELECT ${dayOf}, e.provider, count(*) FROM audit_events e
        WHERE e.at >= (SELECT since FROM u) AND ${refused}
          -- The index by action has ids: times and ids differ in their order by far less than a minute.
          AND e.id > coalesce((SELECT s.id FROM audit_events s WHERE s.at < (SELECT since FROM u) - interval '1 minute'
            ORDER BY s.at DESC LIMIT 1), 0)
        GROUP BY 1, 2
      ) d GROUP BY d.day, d.provider ORDER BY d.day, d.provider`,
  });
  return rows;
}

/** Removes the counts of days that are not shown any more. */
export async function removeOldRefreshFailures(database: Queryable): Promise<void> {
  await database.query({ text: `DELETE FROM refresh_failure_days WHERE day < ${firstDay}` });
}
