import { adminCondition, type ConfiguredAdmins } from "./admins.ts";
import type { Queryable } from "./database.ts";

/** A browser session as the pages see it. */
export interface Session {
  /** SHA-256 of the cookie's value; the value itself is never stored. */
  id: Buffer;
  userId: string | null;
  login: string | null;
  avatarUrl: string | null;
  admin: boolean;
  /** It was seen a while ago, as far as it is noted: to be noted again. */
  unseen: boolean;
}

interface SessionRow {
  id: Buffer;
  user_id: string | null;
  login: string | null;
  avatar_url: string | null;
  admin: boolean | null;
  unseen: boolean;
}

/** How old the time may be at which a session was last seen: a page view is no write. */
const seenAgain = "interval '5 minutes'";

/** Starts a session: for nobody yet, while a sign-in is under way, or for a user. */
export async function createSession(
  database: Queryable,
  session: { id: Buffer; userId: string | null; lifeSeconds: number; browser?: string | null },
): Promise<void> {
  await database.query({
    text: `INSERT INTO browser_sessions (id, user_id, expires_at, browser)
      VALUES ($1, $2, now() + $3::float8 * interval '1 s', $4)`,
    values: [session.id, session.userId, session.lifeSeconds, session.browser ?? null],
  });
}

/** Lets a session in which nobody is signed in live on, for what has just begun in it. */
export async function prolongAnonymousSession(
  database: Queryable,
  session: { id: Buffer; lifeSeconds: number },
): Promise<void> {
  await database.query({
    text: `UPDATE browser_sessions SET expires_at = greatest(expires_at, now() + $2::float8 * interval '1 s')
      WHERE id = $1 AND user_id IS NULL`,
    values: [session.id, session.lifeSeconds],
  });
}

/**
 * Starts a user's session in place of the one before, which dies with what was bound to it. Transactions that were used
 * go along: a callback that is opened a second time is told so, instead of being unknown.
 */
export async function replaceSession(
  transaction: Queryable,
  session: { before: Buffer; id: Buffer; userId: string; lifeSeconds: number; browser: string | null },
): Promise<void> {
  await createSession(transaction, session);
  await transaction.query({
    text: "UPDATE oauth_transactions SET session_id = $2 WHERE session_id = $1 AND used_at IS NOT NULL",
    values: [session.before, session.id],
  });
  await endSession(transaction, session.before);
}

/**
 * Reads a live session; that of a user who was deactivated is none. They go by the name of where they first came from,
 * whatever they have connected since.
 */
export async function readSession(database: Queryable, id: Buffer, admins: ConfiguredAdmins): Promise<Session | null> {
  const { rows } = await database.query<SessionRow>({
    name: "read-session",
    text: `SELECT s.id, u.id AS user_id, i.login, i.avatar_url, ${adminCondition("u", "$2", "$3")} AS admin,
        s.last_seen_at < now() - ${seenAgain} AS unseen FROM browser_sessions s
      LEFT JOIN users u ON u.id = s.user_id AND u.status = 'active'
      LEFT JOIN LATERAL (SELECT login, avatar_url FROM identities WHERE user_id = u.id
        ORDER BY provider = (SELECT provider FROM identities WHERE user_id = u.id ORDER BY created_at LIMIT 1) DESC,
          updated_at DESC LIMIT 1) i ON true
      WHERE s.id = $1 AND s.expires_at > now() AND (s.user_id IS NULL OR u.id IS NOT NULL)`,
    values: [id, admins.github, admins.external],
  });
  const row = rows[0];
  if (!row) return null;
  return {
    id: row.id,
    userId: row.user_id,
    login: row.login,
    avatarUrl: row.avatar_url,
    admin: row.admin === true,
    unseen: row.unseen,
  };
}

/** Notes that a session was seen. */
export async function noteSeen(database: Queryable, id: Buffer): Promise<void> {
  await database.query({
    name: "note-seen",
    text: `UPDATE browser_sessions SET last_seen_at = now() WHERE id = $1 AND last_seen_at < now() - ${seenAgain}`,
    values: [id],
  });
}

/** Ends a session, with the OAuth transactions that were bound to it. */
export async function endSession(database: Queryable, id: Buffer): Promise<void> {
  await database.query({ text: "DELETE FROM browser_sessions WHERE id = $1", values: [id] });
}

/** By so much a provider's clock may differ from the database's. */
const clocksDiffer = "interval '5 minutes'";

/**
 * Ends all sessions of a user.
 * @param before where given, those that began by then
 * @returns how many
 */
export async function endSessionsOf(
  transaction: Queryable,
  userId: string,
  before: Date | null = null,
): Promise<number> {
  const { rowCount } = await transaction.query({
    text: `DELETE FROM browser_sessions
      WHERE user_id = $1 AND ($2::timestamptz IS NULL OR created_at <= $2::timestamptz + ${clocksDiffer})`,
    values: [userId, before],
  });
  return rowCount ?? 0;
}

/** Removes what has expired: sessions and OAuth transactions. */
export async function removeExpired(database: Queryable): Promise<void> {
  await database.query({ text: "DELETE FROM oauth_transactions WHERE expires_at < now() - interval '1 hour'" });
  await database.query({ text: "DELETE FROM browser_sessions WHERE expires_at < now()" });
}
