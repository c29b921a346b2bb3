import type { Queryable } from "./database.ts";
import { type Role, type UserReference, userCondition } from "./users.ts";

export type UserStatus = "active" | "deactivated" | "erased";

/** A user as an admin sees them. */
export interface ListedUser {
  id: string;
  externalId: string | null;
  role: Role;
  status: UserStatus;
  createdAt: Date;
  /** Who they are elsewhere, GitHub first. */
  identities: { provider: string; providerUid: string; login: string }[];
  /** What is connected, or was. */
  accounts: { id: string; provider: string; state: string }[];
}

interface ListedRow {
  id: string;
  external_id: string | null;
  role: Role;
  status: UserStatus;
  created_at: Date;
  identities: ListedUser["identities"];
  accounts: ListedUser["accounts"];
}

const columns = `u.id, u.external_id, u.role, u.created_at,
  CASE WHEN u.erased_at IS NOT NULL THEN 'erased' ELSE u.status END AS status,
  (SELECT coalesce(json_agg(json_build_object('provider', i.provider, 'providerUid', i.provider_uid, 'login', i.login)
      ORDER BY i.provider <> 'github', i.provider, i.updated_at DESC), '[]')
    FROM identities i WHERE i.user_id = u.id) AS identities,
  (SELECT coalesce(json_agg(json_build_object('id', a.id, 'provider', a.provider, 'state', a.state)
      ORDER BY a.provider <> 'github', a.provider), '[]')
    FROM user_external_accounts a WHERE a.user_id = u.id) AS accounts`;

/**
 * A page of users, those who came last first.
 * @param page.status only these; null: all
 * @param page.after the id of the last one seen
 */
export async function listUsers(
  database: Queryable,
  page: { status: UserStatus | null; after: string | null; limit: number },
): Promise<ListedUser[]> {
  const wanted: Record<UserStatus, string> = {
    active: "u.status = 'active'",
    deactivated: "u.status = 'deactivated' AND u.erased_at IS NULL",
    erased: "u.status = 'deactivated' AND u.erased_at IS NOT NULL",
  };
  const { rows } = await database.query<ListedRow>({
    text: `SELECT ${columns} FROM (SELECT * FROM users u
        WHERE ${page.status ? wanted[page.status] : "true"}
          ${page.after ? "AND (u.created_at, u.id) < (SELECT l.created_at, l.id FROM users l WHERE l.id = $2)" : ""}
        ORDER BY u.created_at DESC, u.id DESC LIMIT $1) u
      ORDER BY u.created_at DESC, u.id DESC`,
    values: [page.limit, ...(page.after ? [page.after] : [])],
  });
  return rows.map(toListed);
}

/** The users whose login at any provider, or whose platform's id, begins with a text. */
export async function searchUsers(database: Queryable, search: { text: string; limit: number }): Promise<ListedUser[]> {
  const { rows } = await database.query<ListedRow>({
    // U+10FFFF is the last of all characters: what begins with a text is the range up to it.
    text: `SELECT ${columns} FROM users u WHERE u.id IN (
        (SELECT i.user_id FROM identities i WHERE i.user_id IS NOT NULL
          AND lower(i.login) COLLATE "C" >= lower($1) AND lower(i.login) COLLATE "C" < lower($1) || U&'\\+10FFFF'
          ORDER BY lower(i.login) COLLATE "C", i.id LIMIT $2)
        UNION
        (SELECT e.id FROM users e WHERE e.external_id COLLATE "C" >= $1
          AND e.external_id COLLATE "C" < $1 || U&'\\+10FFFF' ORDER BY e.external_id COLLATE "C", e.id LIMIT $2))
      ORDER BY u.created_at DESC, u.id DESC LIMIT $2`,
    values: [search.text, search.limit],
  });
  return rows.map(toListed);
}

/** One user, by a reference. */
export async function readListedUser(database: Queryable, reference: UserReference): Promise<ListedUser | null> {
  const { rows } = await database.query<ListedRow>({
    text: `SELECT ${columns} FROM users u WHERE ${userCondition(reference.kind, "u", "$1")}`,
    values: [reference.value],
  });
  return rows[0] ? toListed(rows[0]) : null;
}

function toListed(row: ListedRow): ListedUser {
  return {
    id: row.id,
    externalId: row.external_id,
    role: row.role,
    status: row.status,
    createdAt: row.created_at,
    identities: row.identities,
    accounts: row.accounts,
  };
}
