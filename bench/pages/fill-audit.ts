import type { Database } from "../../src/store/database.ts";
import type { BenchDeps } from "../benchmarks.ts";

const chunk = 50_000;
const days = 90;

/**
 * Writes so many audit events of the last 90 days, the oldest first as a log is written, a chunk in one statement: what
 * bots did for everybody in turn, each twentieth of it in the app's name.
 */
export async function fillAudit(
  { progress, signal }: BenchDeps,
  { database }: { database: Database },
  events: number,
): Promise<void> {
  for (let from = 0; from < events; from += chunk) {
    signal.throwIfAborted();
    await database.query({
      text: `WITH person AS MATERIALIZED (SELECT array_agg(id ORDER BY id) AS ids FROM users),
          bot AS MATERIALIZED (SELECT id FROM bots LIMIT 1)
        INSERT INTO audit_events
          (at, action, actor, result, user_id, bot_id, provider, repository, branch, attribution, completed_at)
        SELECT at, 'commit', 'bot', 'succeeded', ids[1 + n % cardinality(ids)], bot.id, 'github',
          'acme/site-' || n % 500, 'main', CASE n % 20 WHEN 0 THEN 'app' ELSE 'user' END, at
        FROM person, bot, generate_series($1::int, $2::int - 1) n,
          LATERAL (SELECT now() - ($3::int - n)::float8 / $3 * $4 * interval '1 day') AS t (at)
        ORDER BY n`,
      values: [from, Math.min(from + chunk, events), events, days],
    });
    if ((from + chunk) % 250_000 === 0) progress(`  ${(from + chunk).toLocaleString("en")} written`);
  }
  await database.query({ text: "VACUUM ANALYZE audit_events" });
}
