import type { Queryable } from "./database.ts";
import { inForce } from "./delegations.ts";

/** A pass for a person that works: what it may do is what its delegations still allow of this. */
export interface UserPass {
  id: string;
  bot: string;
  provider: string;
  repositories: string[];
  branches: string[];
  capabilities: string[];
  runUrl: string | null;
  createdAt: Date;
  expiresAt: Date;
}

/**
 * The passes that work for a person, the newest first: those that neither ended nor ran out, and whose bot, key, account
 * and delegation are still there.
 * @param of.after the id of the last one seen
 */
export async function listLivePasses(
  database: Queryable,
  of: { userId: string; after: string | null; limit: number },
): Promise<UserPass[]> {
  const { rows } = await database.query<{
    id: string;
    bot: string;
    provider: string;
    repositories: string[];
    branches: string[];
    capabilities: string[];
    run_url: string | null;
    created_at: Date;
    expires_at: Date;
  }>({
    text: `SELECT p.id, b.name AS bot, p.provider, p.repositories, p.branches, p.capabilities, p.run_url, p.created_at,
        p.expires_at
      FROM passes p
      JOIN bots b ON b.id = p.bot_id AND b.revoked_at IS NULL
      JOIN keys k ON k.id = p.made_with AND k.revoked_at IS NULL
      WHERE p.user_id = $1 AND p.ended_at IS NULL AND p.expires_at > now()
        AND EXISTS (SELECT 1 FROM delegations d WHERE d.id = ANY (p.delegation_ids) AND ${inForce})
        AND NOT EXISTS (SELECT 1 FROM user_external_accounts a
          WHERE a.user_id = p.user_id AND a.provider = p.provider AND a.connected_at > p.created_at)
        AND ($2::uuid IS NULL OR (p.created_at, p.id) < (SELECT l.created_at, l.id FROM passes l WHERE l.id = $2))
      ORDER BY p.created_at DESC, p.id DESC LIMIT $3`,
    values: [of.userId, of.after, of.limit],
  });
  return rows.map(({ run_url, created_at, expires_at, ...row }) => ({
    ...row,
    runUrl: run_url,
    createdAt: created_at,
    expiresAt: expires_at,
  }));
}

/**
 * Ends passes for a person: every request that starts after this is refused.
 * @param of.id one of them; without it all
 */
export async function endUserPasses(
  transaction: Queryable,
  of: { userId: string; id?: string },
): Promise<{ id: string; botId: string; provider: string }[]> {
  const { rows } = await transaction.query<{ id: string; bot_id: string; provider: string }>({
    text: `UPDATE passes SET ended_at = now()
      WHERE user_id = $1 AND ended_at IS NULL AND ($2::uuid IS NULL OR id = $2) AND expires_at > now()
      RETURNING id, bot_id, provider`,
    values: [of.userId, of.id ?? null],
  });
  return rows.map(({ id, bot_id, provider }) => ({ id, botId: bot_id, provider }));
}

/** Whether a pass is, or was, one for this person. */
export async function isPassOf(database: Queryable, pass: { id: string; userId: string }): Promise<boolean> {
  const { rows } = await database.query({
    text: "SELECT 1 FROM passes WHERE id = $1 AND user_id = $2",
    values: [pass.id, pass.userId],
  });
  return rows.length > 0;
}
