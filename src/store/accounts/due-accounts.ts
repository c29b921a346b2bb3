import type { Queryable } from "../database.ts";
import { type Account, type AccountRow, accountColumns, toAccount } from "./account.ts";

const day = 24 * 3600;
/** A refresh token that ends within this time is renewed, however its account is used. */
const keepAliveDays = 14;

/**
 * Seconds until the background looks at an account whose pair was just stored: a day, or earlier where the refresh
 * token does not live that long. An account that is used has another pair by then, mostly.
 * @param refreshLife seconds; null: the refresh token has no end date
 */
export function secondsToNextLook(refreshLife: number | null): number {
  if (refreshLife === null) return day;
  return Math.min(day, Math.max(refreshLife - keepAliveDays * day, refreshLife / 2));
}

/**
 * Claims the accounts of a provider that were due longest. To be refreshed are those that nobody has used for a day,
 * and those whose refresh token ends within 14 days; the others are put off until that is so. Every claimed one is put
 * off by the claim itself, by an hour which doubles with each failure up to a day: so it is handled by one replica, it
 * comes back when that one dies, and what fails is not found again and again in place of the others.
 *
 * One range of one index: the cost depends on `limit` alone. What is due is searched by `now()`, which an index can
 * answer. Without a name, for a plan that knows the limit.
 * @returns how many were claimed, and those of them that are to be refreshed
 */
export async function claimDueAccounts(
  database: Queryable,
  { provider, limit }: { provider: string; limit: number },
): Promise<{ claimed: number; due: Account[] }> {
  const { rows } = await database.query<AccountRow & { wanted: boolean }>({
    text: `UPDATE user_external_accounts a
      SET look_at = CASE
        WHEN next.wanted THEN now() + least(${day}, 3600 * 2 ^ least(a.failure_count, 5)) * interval '1 s'
        ELSE least(a.last_used_at + interval '1 day', a.refresh_expires_at - interval '${keepAliveDays} days') END
      FROM (SELECT id, coalesce(last_used_at <= now() - interval '1 day', true)
          OR coalesce(refresh_expires_at <= now() + interval '${keepAliveDays} days', false) AS wanted
        FROM user_external_accounts
        WHERE provider = $1 AND state IN ('active', 'limited') AND look_at <= now()
        ORDER BY look_at LIMIT $2 FOR UPDATE SKIP LOCKED) next
      WHERE a.id = next.id
      RETURNING ${accountColumns("a")}, next.wanted`,
    values: [provider, limit],
  });
  return { claimed: rows.length, due: rows.filter(({ wanted }) => wanted).map(toAccount) };
}
