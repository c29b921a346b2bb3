import type { Queryable } from "./database.ts";

/** Where a person is signed in. */
export interface UserSession {
  publicId: string;
  /** Words of ours; null: the browser said nothing that is known. */
  browser: string | null;
  signedInAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  /** The one that asks. */
  current: boolean;
}

/**
 * The live sessions of a person, the one seen last first.
 * @param of.current the session that asks
 */
export async function listSessions(
  database: Queryable,
  of: { userId: string; current: Buffer; limit: number },
): Promise<UserSession[]> {
  const { rows } = await database.query<{
    public_id: string;
    browser: string | null;
    created_at: Date;
    last_seen_at: Date;
    expires_at: Date;
    current: boolean;
  }>({
    text: `SELECT public_id, browser, created_at, last_seen_at, expires_at, id = $2 AS current FROM browser_sessions
      WHERE user_id = $1 AND expires_at > now() ORDER BY id = $2 DESC, last_seen_at DESC, public_id LIMIT $3`,
    values: [of.userId, of.current, of.limit],
  });
  return rows.map((row) => ({
    publicId: row.public_id,
    browser: row.browser,
    signedInAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    current: row.current,
  }));
}

/** Which of a person's sessions are meant. */
export type WhichSessions = { publicId: string } | "others" | "all";

/**
 * Ends sessions of a person's own, with the OAuth transactions that were bound to them. Each request reads its session,
 * so every request that starts after this is nobody's, on every replica.
 * @returns the ids of those that ended
 */
export async function endUserSessions(
  database: Queryable,
  of: { userId: string; current: Buffer; which: WhichSessions },
): Promise<Buffer[]> {
  const { userId, current, which } = of;
  const [condition, values] =
    which === "all"
      ? ["true", [userId]]
      : which === "others"
        ? ["id <> $2", [userId, current]]
        : ["public_id = $2", [userId, which.publicId]];
  const { rows } = await database.query<{ id: Buffer }>({
    text: `DELETE FROM browser_sessions WHERE user_id = $1 AND ${condition} RETURNING id`,
    values,
  });
  return rows.map(({ id }) => id);
}
