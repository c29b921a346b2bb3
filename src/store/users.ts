import { one, type Queryable } from "./database.ts";

export type Role = "member" | "admin";

export interface User {
  id: string;
  externalId: string | null;
  /** What was given to them. Who is an admin by the configuration stands in `admins.ts`. */
  role: Role;
  status: "active" | "deactivated";
}

/** How a caller names a user: `UUID`, `ext.ID`, `gh.NUMBER`; `@LOGIN` for look-ups only. */
export type UserReference =
  | { kind: "id"; value: string }
  | { kind: "ext"; value: string }
  | { kind: "gh"; value: string }
  | { kind: "login"; value: string };

interface UserRow {
  id: string;
  external_id: string | null;
  role: Role;
  status: "active" | "deactivated";
}

/**
 * Reads a reference as callers write it.
 * @returns null when it is none
 */
export function parseUserReference(text: string): UserReference | null {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return { kind: "id", value: text.toLowerCase() };
  const number = /^gh\.([1-9]\d{0,18})$/.exec(text)?.[1];
  if (number) return { kind: "gh", value: number };
  const login = /^@([A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}))$/.exec(text)?.[1];
  if (login) return { kind: "login", value: login };
  const external = /^ext\.(.{1,600})$/s.exec(text)?.[1];
  if (!external) return null;
  try {
    const value = decodeURIComponent(external);
    return value.includes("\0") || !value.isWellFormed() ? null : { kind: "ext", value };
  } catch {
    return null;
  }
}

/** The condition that picks a user by a reference whose value is parameter `$n`. */
export function userCondition(kind: UserReference["kind"], alias: string, parameter: string): string {
  switch (kind) {
    case "id":
      return `${alias}.id = ${parameter}::uuid`;
    case "ext":
      return `${alias}.external_id = ${parameter}`;
    case "gh":
      // The identity at `github`, else at `github-lite`.
      return `${alias}.id = (SELECT r.user_id FROM identities r WHERE r.provider_uid = ${parameter}
        AND r.provider IN ('github', 'github-lite') AND r.user_id IS NOT NULL ORDER BY r.provider LIMIT 1)`;
    case "login":
      return `${alias}.id = (SELECT r.user_id FROM identities r WHERE lower(r.login) COLLATE "C" = lower(${parameter})
        AND r.provider IN ('github', 'github-lite') AND r.user_id IS NOT NULL ORDER BY r.updated_at DESC LIMIT 1)`;
  }
}

/** Finds a user by a reference. */
export async function findUser(database: Queryable, reference: UserReference): Promise<User | null> {
  const { rows } = await database.query<UserRow>({
    text: `SELECT id, external_id, role, status FROM users u WHERE ${userCondition(reference.kind, "u", "$1")}`,
    values: [reference.value],
  });
  return rows[0] ? toUser(rows[0]) : null;
}

/** Creates a user who came by signing in. */
export async function createUser(transaction: Queryable): Promise<User> {
  return toUser(
    one(
      await transaction.query<UserRow>({
        text: "INSERT INTO users DEFAULT VALUES RETURNING id, external_id, role, status",
      }),
    ),
  );
}

/**
 * Creates the user whom the platform calls so.
 * @returns null when there is one
 */
export async function createExternalUser(transaction: Queryable, externalId: string): Promise<User | null> {
  const { rows } = await transaction.query<UserRow>({
    text: `INSERT INTO users (external_id) VALUES ($1) ON CONFLICT (external_id) DO NOTHING
      RETURNING id, external_id, role, status`,
    values: [externalId],
  });
  return rows[0] ? toUser(rows[0]) : null;
}

/**
 * Holds a user as they are until the end of the transaction: whoever deactivates them waits, or has been first. Lock a
 * user before an identity, and an identity before an account.
 * @returns whether they are active
 */
export async function holdActiveUser(transaction: Queryable, userId: string): Promise<boolean> {
  const { rows } = await transaction.query<{ status: User["status"] }>({
    text: "SELECT status FROM users WHERE id = $1 FOR SHARE",
    values: [userId],
  });
  return rows[0]?.status === "active";
}

/** A user whose status is about to change. */
export interface LockedUser extends User {
  erased: boolean;
}

/** Locks a user's row for the rest of the transaction. */
export async function lockUser(transaction: Queryable, userId: string): Promise<LockedUser | null> {
  // Not FOR UPDATE: rows that refer to the user may be written meanwhile.
  const { rows } = await transaction.query<UserRow & { erased: boolean }>({
    text: `SELECT id, external_id, role, status, erased_at IS NOT NULL AS erased FROM users WHERE id = $1
      FOR NO KEY UPDATE`,
    values: [userId],
  });
  return rows[0] ? { ...toUser(rows[0]), erased: rows[0].erased } : null;
}

/** Whether somebody is nothing but a sign-in: no platform knows them, and nothing is or will be connected. */
export async function userIsVacant(database: Queryable, userId: string): Promise<boolean> {
  const { rows } = await database.query({
    text: `SELECT 1 FROM users u WHERE u.id = $1 AND u.external_id IS NULL AND u.status = 'active'
      AND NOT EXISTS (SELECT 1 FROM user_external_accounts a WHERE a.user_id = u.id AND a.state <> 'revoked')
      AND NOT EXISTS (SELECT 1 FROM pending_connects p WHERE p.user_id = u.id)`,
    values: [userId],
  });
  return rows.length > 0;
}

/** From now on the user is refused, or let in again. */
export async function setStatus(transaction: Queryable, userId: string, status: User["status"]): Promise<void> {
  await transaction.query({
    text: "UPDATE users SET status = $2, updated_at = now() WHERE id = $1 AND status <> $2",
    values: [userId, status],
  });
}

/** Leaves nothing of a user but the id, which keeps what they did in the audit log together. */
export async function emptyUser(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({
    text: `UPDATE users SET external_id = NULL, role = 'member', status = 'deactivated', sign_off = false,
        erased_at = coalesce(erased_at, now()), updated_at = now() WHERE id = $1`,
    values: [userId],
  });
}

/** Whether a person agreed that bots sign their commits off for them. */
export async function readSignOff(database: Queryable, userId: string): Promise<boolean> {
  const { rows } = await database.query<{ sign_off: boolean }>({
    text: "SELECT sign_off FROM users WHERE id = $1",
    values: [userId],
  });
  return rows[0]?.sign_off ?? false;
}

/** Keeps a person's word on sign-offs. */
export async function setSignOff(database: Queryable, userId: string, signOff: boolean): Promise<void> {
  await database.query({
    text: "UPDATE users SET sign_off = $2, updated_at = now() WHERE id = $1",
    values: [userId, signOff],
  });
}

function toUser(row: UserRow): User {
  return { id: row.id, externalId: row.external_id, role: row.role, status: row.status };
}
