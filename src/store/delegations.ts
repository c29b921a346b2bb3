import { one, type Queryable } from "./database.ts";
import { latestIdentity } from "./identities.ts";

/**
 * What a delegation can allow: to commit, to push with git, to open pull requests, to read and to write through the
 * provider's API, and to change what runs in CI and who reviews.
 */
export const capabilities = ["commit", "push", "pull-request", "api:read", "api:write", "workflows"] as const;
export type Capability = (typeof capabilities)[number];

/** Whether a text is a capability. */
export function isCapability(text: string): text is Capability {
  return capabilities.some((known) => known === text);
}

/** A user's permission for a bot. */
export interface Delegation {
  id: string;
  userId: string;
  /** Who the user is at the provider, where onbehalf has seen them there. */
  login: string | null;
  providerUid: string | null;
  botId: string;
  botName: string;
  provider: string;
  /** `owner/name`, `owner/*` or `*`, in lower case: GitHub's names don't tell cases apart. */
  repositories: string[];
  /** Branch names and patterns with `*`. */
  branches: string[];
  capabilities: string[];
  endsAt: Date | null;
  endedAt: Date | null;
  createdAt: Date;
  grantedBy: GrantedBy;
}

/** Who decided: the person, an operator, or the person by connecting after they were shown an offer. */
export type GrantedBy = "user" | "operator" | "offer";

export interface NewDelegation {
  userId: string;
  botId: string;
  provider: string;
  repositories: string[];
  branches: string[];
  capabilities: string[];
  endsAt: Date | null;
  grantedBy: GrantedBy;
}

interface DelegationRow {
  id: string;
  user_id: string;
  login: string | null;
  provider_uid: string | null;
  bot_id: string;
  bot_name: string;
  provider: string;
  repositories: string[];
  branches: string[];
  capabilities: string[];
  ends_at: Date | null;
  ended_at: Date | null;
  created_at: Date;
  granted_by: GrantedBy;
}

/** The condition of a delegation that is in force. */
export const inForce = "d.ended_at IS NULL AND (d.ends_at IS NULL OR d.ends_at > now())";

/** Grants. */
export async function createDelegation(database: Queryable, delegation: NewDelegation): Promise<string> {
  const { userId, botId, provider, repositories, branches, endsAt, grantedBy } = delegation;
  const row = one(
    await database.query<{ id: string }>({
      text: `INSERT INTO delegations
          (user_id, bot_id, provider, repositories, branches, capabilities, ends_at, granted_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
      values: [userId, botId, provider, repositories, branches, delegation.capabilities, endsAt, grantedBy],
    }),
  );
  return row.id;
}

/**
 * The delegations in force, of one user or of all, the newest first.
 * @param filter.after the last one seen; one that has ended meanwhile will do, too
 * @param filter.limit the most that come; all unless given
 */
export async function listDelegations(
  database: Queryable,
  filter: { userId?: string; after?: string | undefined; limit?: number },
): Promise<Delegation[]> {
  const { rows } = await database.query<DelegationRow>({
    text: `SELECT d.id, d.user_id, d.bot_id, b.name AS bot_name, d.provider, d.repositories, d.branches,
        d.capabilities, d.ends_at, d.ended_at, d.created_at, d.granted_by, (${latestIdentity("login", "d")}) AS login,
        (${latestIdentity("provider_uid", "d")}) AS provider_uid
      FROM delegations d JOIN bots b ON b.id = d.bot_id AND b.revoked_at IS NULL
      WHERE ${inForce} AND ($1::uuid IS NULL OR d.user_id = $1)
        AND ($2::uuid IS NULL OR (d.created_at, d.id) < (SELECT l.created_at, l.id FROM delegations l WHERE l.id = $2))
      ORDER BY d.created_at DESC, d.id DESC LIMIT $3`,
    values: [filter.userId ?? null, filter.after ?? null, filter.limit ?? null],
  });
  return rows.map((row) => ({
    id: row.id,
    userId: row.user_id,
    login: row.login,
    providerUid: row.provider_uid,
    botId: row.bot_id,
    botName: row.bot_name,
    provider: row.provider,
    repositories: row.repositories,
    branches: row.branches,
    capabilities: row.capabilities,
    endsAt: row.ends_at,
    endedAt: row.ended_at,
    createdAt: row.created_at,
    grantedBy: row.granted_by,
  }));
}

/** How many permissions in force a person has given a bot. */
export async function countDelegations(database: Queryable, of: { userId: string; botId: string }): Promise<number> {
  const { rows } = await database.query<{ count: number }>({
    text: `SELECT count(*)::integer AS count FROM delegations d WHERE d.user_id = $1 AND d.bot_id = $2 AND ${inForce}`,
    values: [of.userId, of.botId],
  });
  return rows[0]?.count ?? 0;
}

/** Whether a delegation is that user's, in force or not. */
export async function isDelegationOf(
  database: Queryable,
  delegation: { id: string; userId: string },
): Promise<boolean> {
  const { rows } = await database.query({
    text: "SELECT 1 FROM delegations WHERE id = $1 AND user_id = $2",
    values: [delegation.id, delegation.userId],
  });
  return rows.length > 0;
}

/**
 * Ends a delegation; with `userId` only one of that user's.
 * @returns what was ended, null when there was none in force
 */
export async function endDelegation(
  database: Queryable,
  delegation: { id: string; userId?: string },
): Promise<{ userId: string; botId: string; provider: string } | null> {
  const { rows } = await database.query<{ user_id: string; bot_id: string; provider: string }>({
    text: `UPDATE delegations SET ended_at = now(), end_reason = CASE WHEN $2::uuid IS NULL THEN 'operator' ELSE 'user' END
      WHERE id = $1 AND ended_at IS NULL AND ($2::uuid IS NULL OR user_id = $2)
      RETURNING user_id, bot_id, provider`,
    values: [delegation.id, delegation.userId ?? null],
  });
  const row = rows[0];
  return row ? { userId: row.user_id, botId: row.bot_id, provider: row.provider } : null;
}

/** Ends what a user accepted by connecting, of these bots. */
export async function endAccepted(
  transaction: Queryable,
  of: { userId: string; provider: string; botIds: readonly string[] },
): Promise<{ id: string; botId: string }[]> {
  const { rows } = await transaction.query<{ id: string; bot_id: string }>({
    text: `UPDATE delegations SET ended_at = now(), end_reason = 'user'
      WHERE user_id = $1 AND provider = $2 AND bot_id = ANY ($3)
        AND granted_by = 'offer' AND ended_at IS NULL RETURNING id, bot_id`,
    values: [of.userId, of.provider, of.botIds],
  });
  return rows.map(({ id, bot_id }) => ({ id, botId: bot_id }));
}

/** Ends all delegations of a user, who is deactivated or erased. */
export async function endDelegationsOf(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({
    text: `UPDATE delegations SET ended_at = now(), end_reason = 'user_deactivated'
      WHERE user_id = $1 AND ended_at IS NULL`,
    values: [userId],
  });
}

/** Notes of delegations that their time is over, which nobody needs to act within it: so that it can be told. */
export async function endExpiredDelegations(database: Queryable): Promise<void> {
  await database.query({
    text: `UPDATE delegations SET ended_at = ends_at, end_reason = 'expired'
      WHERE ended_at IS NULL AND ends_at <= now()`,
  });
}

/** Removes all delegations of a user, with the repositories that they name. */
export async function removeDelegationsOf(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({ text: "DELETE FROM delegations WHERE user_id = $1", values: [userId] });
}
