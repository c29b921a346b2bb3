import { one, type Queryable } from "./database.ts";
import type { Errand } from "./errands.ts";

/** The errand whose `done_until` says how far counts are kept. */
export const activityErrand = "activity days";

/** How many days back counts are kept and shown, today among them. */
export const activityDays = 30;

/** What a bot did on a day. */
export interface BotDay {
  /** YYYY-MM-DD, in UTC. */
  day: string;
  botId: string;
  bot: string;
  events: number;
}

/** What was done on a day in somebody's name (`user`) or as the App (`app`). */
export interface AttributionDay {
  day: string;
  attribution: string;
  events: number;
}

/** The first of the days that are shown, as SQL. */
export const firstDay = `(now() AT TIME ZONE 'UTC')::date - ${activityDays - 1}`;
const dayOf = "(e.at AT TIME ZONE 'UTC')::date";

/** From when on events are counted where they are, as a query. */
export const uncounted = `SELECT greatest(coalesce((SELECT done_until FROM errands WHERE name = '${activityErrand}'), '-infinity'),
  (${firstDay})::timestamp AT TIME ZONE 'UTC') AS since`;

/** An action in a person's name: what a bot did, but for the passes that it made to do it with. */
const inTheirName = `e.actor = 'bot' AND e.user_id IS NOT NULL AND e.bot_id IS NOT NULL
  AND e.action NOT IN ('pass.create', 'pass.end')`;

/** What each bot did in a person's name on each of the last days, in the days' order. Days without anything are left out. */
export async function readActivityDays(database: Queryable, userId: string): Promise<BotDay[]> {
  const { rows } = await database.query<{ day: string; bot_id: string; bot: string; events: number }>({
    name: "read-activity-days",
    text: `WITH u AS MATERIALIZED (${uncounted})
      SELECT to_char(d.day, 'YYYY-MM-DD') AS day, d.bot_id, b.name AS bot, sum(d.events)::integer AS events FROM (
        SELECT day, bot_id, events FROM activity_days WHERE user_id = $1 AND day >= ${firstDay}
        UNION ALL
        SELECT ${dayOf}, e.bot_id, count(*) FROM audit_events e
        WHERE e.user_id = $1 AND ${inTheirName} AND e.at >= (SELECT since FROM u)
          -- As in the audit log's "since": times and ids differ in their order by far less than a minute.
          AND e.id > coalesce((SELECT s.id FROM audit_events s WHERE s.at < (SELECT since FROM u) - interval '1 minute'
            ORDER BY s.at DESC LIMIT 1), 0)
        GROUP BY 1, 2
      ) d JOIN bots b ON b.id = d.bot_id
      GROUP BY d.day, d.bot_id, b.name ORDER BY d.day, b.name, d.bot_id`,
    values: [userId],
  });
  return rows.map(({ day, bot_id, bot, events }) => ({ day, botId: bot_id, bot, events }));
}

/** What was done on each of the last days by attribution, of everybody. */
export async function readAttributionDays(database: Queryable): Promise<AttributionDay[]> {
  const { rows } = await database.query<{ day: string; attribution: string; events: number }>({
    name: "read-attribution-days",
    text: `WITH u AS MATERIALIZED (${uncounted})
      SELECT to_char(d.day, 'YYYY-MM-DD') AS day, d.attribution, sum(d.events)::integer AS events FROM (
        SELECT day, attribution, events FROM attribution_days WHERE day >= ${firstDay}
        UNION ALL
        SELECT ${dayOf}, e.attribution, count(*) FROM audit_events e
        WHERE e.attribution IS NOT NULL AND e.at >= (SELECT since FROM u) GROUP BY 1, 2
      ) d GROUP BY d.day, d.attribution ORDER BY d.day, d.attribution`,
  });
  return rows;
}

/**
 * The next hour in which there are events to count, of the days that are shown; null: there is none.
 * @param from where counting is; null: it has not begun
 */
export async function nextUncounted(database: Queryable, from: Date | null): Promise<Date | null> {
  const { rows } = await database.query<{ at: Date }>({
    name: "next-uncounted",
    text: `SELECT date_trunc('hour', e.at, 'UTC') AS at FROM audit_events e
      WHERE e.at >= greatest($1::timestamptz, (${firstDay})::timestamp AT TIME ZONE 'UTC') ORDER BY e.at LIMIT 1`,
    values: [from],
  });
  return rows[0]?.at ?? null;
}

/**
 * Counts an hour's events, once, and keeps the errand.
 * @returns false: another replica has the errand by now, and nothing was counted
 */
export async function countHour(transaction: Queryable, errand: Errand, hour: Date): Promise<boolean> {
  const moved = await transaction.query({
    name: "count-until",
    text: `UPDATE errands SET done_until = $3::timestamptz + interval '1 hour',
        lease_until = clock_timestamp() + interval '30 s'
      WHERE name = $1 AND lease_id = $2 AND (done_until IS NULL OR done_until <= $3)`,
    values: [errand.name, errand.leaseId, hour],
  });
  if (moved.rowCount !== 1) return false;
  const during = "e.at >= $1 AND e.at < $1::timestamptz + interval '1 hour'";
  await transaction.query({
    name: "count-hour",
    text: `WITH bots AS (
        INSERT INTO activity_days AS a (user_id, day, bot_id, events)
        SELECT e.user_id, ${dayOf}, e.bot_id, count(*) FROM audit_events e WHERE ${during} AND ${inTheirName}
        GROUP BY 1, 2, 3
        ON CONFLICT (user_id, day, bot_id) DO UPDATE SET events = a.events + excluded.events
      )
      INSERT INTO attribution_days AS a (day, attribution, events)
      SELECT ${dayOf}, e.attribution, count(*) FROM audit_events e
      WHERE ${during} AND e.attribution IS NOT NULL GROUP BY 1, 2
      ON CONFLICT (day, attribution) DO UPDATE SET events = a.events + excluded.events`,
    values: [hour],
  });
  return true;
}

/** Removes the counts of days that are not shown any more. */
export async function removeOldDays(database: Queryable): Promise<void> {
  await database.query({ text: `DELETE FROM activity_days WHERE day < ${firstDay}` });
  await database.query({ text: `DELETE FROM attribution_days WHERE day < ${firstDay}` });
}

/** The days that are shown, as the database's clock has them: YYYY-MM-DD in UTC, the oldest first. */
export async function shownDays(database: Queryable): Promise<string[]> {
  const { days } = one(
    await database.query<{ days: string[] }>({
      text: `SELECT array_agg(to_char(${firstDay} + n, 'YYYY-MM-DD') ORDER BY n) AS days
        FROM generate_series(0, ${activityDays - 1}) n`,
    }),
  );
  return days;
}
