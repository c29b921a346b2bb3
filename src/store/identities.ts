import { isGithubProvider } from "../config/github-app.ts";
import type { Profile } from "../grant.ts";
import { one, type Queryable } from "./database.ts";

/** Who a person is at a provider. Keyed on the provider's stable id, never on a login or an e-mail address. */
export interface Identity {
  id: string;
  provider: string;
  providerUid: string;
  /** As whom this identity signs in. */
  userId: string | null;
  login: string;
  displayName: string | null;
  avatarUrl: string | null;
}

interface IdentityRow {
  id: string;
  provider: string;
  provider_uid: string;
  user_id: string | null;
  login: string;
  display_name: string | null;
  avatar_url: string | null;
}

const columns = "id, provider, provider_uid, user_id, login, display_name, avatar_url";

/** Finds an identity without creating or changing it. */
export async function findIdentity(
  database: Queryable,
  identity: { provider: string; providerUid: string },
): Promise<Identity | null> {
  const { rows } = await database.query<IdentityRow>({
    text: `SELECT ${columns} FROM identities WHERE provider = $1 AND provider_uid = $2`,
    values: [identity.provider, identity.providerUid],
  });
  return rows[0] ? toIdentity(rows[0]) : null;
}

/** The same, locked for the rest of the transaction: no connect and no disconnect of it goes on meanwhile. */
export async function lockIdentity(
  transaction: Queryable,
  identity: { provider: string; providerUid: string },
): Promise<Identity | null> {
  const { rows } = await transaction.query<IdentityRow>({
    text: `SELECT ${columns} FROM identities WHERE provider = $1 AND provider_uid = $2 FOR UPDATE`,
    values: [identity.provider, identity.providerUid],
  });
  return rows[0] ? toIdentity(rows[0]) : null;
}

/** The same by its own id. */
export async function lockIdentityById(transaction: Queryable, id: string): Promise<Identity | null> {
  const { rows } = await transaction.query<IdentityRow>({
    text: `SELECT ${columns} FROM identities WHERE id = $1 FOR UPDATE`,
    values: [id],
  });
  return rows[0] ? toIdentity(rows[0]) : null;
}

/** What a provider said of a person when they were last seen. */
export async function readProfile(database: Queryable, id: string): Promise<Profile | null> {
  const { rows } = await database.query<IdentityRow & { email: string | null }>({
    text: `SELECT ${columns}, email FROM identities WHERE id = $1`,
    values: [id],
  });
  const row = rows[0];
  if (!row) return null;
  const { provider_uid: uid, login, display_name: displayName, email, avatar_url: avatarUrl } = row;
  return { uid, login, displayName, email, avatarUrl };
}

/** Forgets people who are nobody's any more, as when a connect was cancelled. */
export async function removeStrangers(database: Queryable): Promise<void> {
  await database.query({
    text: `DELETE FROM identities i WHERE user_id IS NULL
      AND NOT EXISTS (SELECT 1 FROM user_external_accounts a WHERE a.identity_id = i.id)
      AND NOT EXISTS (SELECT 1 FROM pending_connects p WHERE p.identity_id = i.id)
      AND NOT EXISTS (SELECT 1 FROM pending_revocations r WHERE r.identity_id = i.id)`,
  });
}

/** Reads an identity by its own id. */
export async function readIdentity(database: Queryable, id: string): Promise<Identity | null> {
  const { rows } = await database.query<IdentityRow>({
    text: `SELECT ${columns} FROM identities WHERE id = $1`,
    values: [id],
  });
  return rows[0] ? toIdentity(rows[0]) : null;
}

/** The identity that a user has at a provider, the last one if there were several. */
export async function readUserIdentity(
  database: Queryable,
  userId: string,
  provider: string,
): Promise<Identity | null> {
  const { rows } = await database.query<IdentityRow>({
    text: `SELECT ${columns} FROM identities WHERE user_id = $1 AND provider = $2 ORDER BY updated_at DESC LIMIT 1`,
    values: [userId, provider],
  });
  return rows[0] ? toIdentity(rows[0]) : null;
}

/** Every identity that signs in as a user, locked for the rest of the transaction. */
export async function lockIdentitiesOf(transaction: Queryable, userId: string): Promise<Identity[]> {
  const { rows } = await transaction.query<IdentityRow>({
    text: `SELECT ${columns} FROM identities WHERE user_id = $1 ORDER BY id FOR UPDATE`,
    values: [userId],
  });
  return rows.map(toIdentity);
}

/**
 * Creates the identity or brings its login, name, e-mail and avatar up to date, and locks its row for the rest of the
 * transaction: two connects of one identity go one after the other.
 */
export async function saveIdentity(transaction: Queryable, provider: string, profile: Profile): Promise<Identity> {
  return toIdentity(
    one(
      await transaction.query<IdentityRow>({
        text: `INSERT INTO identities AS i (provider, provider_uid, login, display_name, email, avatar_url)
          VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT (provider, provider_uid) DO UPDATE SET login = excluded.login, former_logins = ${formerLogins("excluded.login")},
            display_name = excluded.display_name, email = excluded.email, avatar_url = excluded.avatar_url,
            updated_at = now()
          RETURNING ${columns}`,
        values: [provider, profile.uid, profile.login, profile.displayName, profile.email, profile.avatarUrl],
      }),
    ),
  );
}

/** What a person was called, by all that is known of their identities. */
export interface KnownNames {
  /** At GitHub, where they own repositories: elsewhere anybody may be called as an organisation is. */
  logins: string[];
  /** Logins of before that nobody else has now, as far as is known here. */
  formerLogins: string[];
  words: string[];
  numbers: string[];
}

/** Reads the names of identities. */
export async function readNames(database: Queryable, ids: readonly string[]): Promise<KnownNames> {
  const { rows } = await database.query<{
    provider: string;
    provider_uid: string;
    login: string;
    former: string[];
    words: string[];
  }>({
    text: `SELECT i.provider, i.provider_uid, i.login,
        array_remove(ARRAY[i.display_name, i.email, i.commit_email], NULL) AS words,
        ARRAY(SELECT f FROM unnest(i.former_logins) f WHERE NOT EXISTS (SELECT 1 FROM identities o
          WHERE lower(o.login) COLLATE "C" = lower(f) COLLATE "C" AND o.id <> ALL ($1))) AS former
      FROM identities i WHERE i.id = ANY ($1)`,
    values: [ids],
  });
  const [atGithub, elsewhere] = [true, false].map((wanted) =>
    rows.filter(({ provider }) => isGithubProvider(provider) === wanted),
  );
  return {
    logins: (atGithub ?? []).map(({ login }) => login),
    formerLogins: (atGithub ?? []).flatMap(({ former }) => former),
    words: [
      ...rows.flatMap(({ words }) => words),
      ...(elsewhere ?? []).flatMap((row) => [row.provider_uid, row.login, ...row.former]),
    ],
    numbers: (atGithub ?? []).map((row) => row.provider_uid),
  };
}

/** Removes identities that no account refers to any more. */
export async function removeIdentities(transaction: Queryable, ids: readonly string[]): Promise<void> {
  await transaction.query({ text: "DELETE FROM identities WHERE id = ANY ($1)", values: [ids] });
}

/**
 * Holds a number of a provider's for the rest of the transaction, also where no identity has it yet: it means the same
 * person in each App of one GitHub, whose identities are several rows. Hold a user before it, and identities after it.
 */
export async function holdPerson(transaction: Queryable, person: { providerUid: string }): Promise<void> {
  await transaction.query({
    text: "SELECT pg_advisory_xact_lock(hashtextextended('person ' || $1, 0))",
    values: [person.providerUid],
  });
}

/** From now on this identity signs in as that user. */
export async function assignIdentity(transaction: Queryable, identityId: string, userId: string): Promise<void> {
  await transaction.query({
    text: "UPDATE identities SET user_id = $2, updated_at = now() WHERE id = $1",
    values: [identityId, userId],
  });
}

/** Remembers how GitHub named a person on a commit of theirs. Who has no name of their own is named by their login. */
export async function saveAuthor(
  database: Queryable,
  identityId: string,
  author: { login: string | null; name: string; email: string },
): Promise<void> {
  const { login, name, email } = author;
  await database.query({
    text: `UPDATE identities i SET commit_email = $2, login = coalesce($3, login),
        former_logins = ${formerLogins("coalesce($3, i.login)")},
        display_name = CASE $4 WHEN '' THEN display_name WHEN coalesce($3, login) THEN NULL ELSE $4 END
      WHERE id = $1`,
    values: [identityId, email, login, name],
  });
}

/** The logins of before, when `login` takes the place of the one that is stored as `i`. */
function formerLogins(login: string): string {
  return `CASE WHEN lower(i.login) = lower(${login}) THEN i.former_logins
    ELSE array_append(array_remove(i.former_logins, i.login), i.login) END`;
}

function toIdentity(row: IdentityRow): Identity {
  return {
    id: row.id,
    provider: row.provider,
    providerUid: row.provider_uid,
    userId: row.user_id,
    login: row.login,
    displayName: row.display_name,
    avatarUrl: row.avatar_url,
  };
}

/** What users are called: at GitHub where they are known there, else where they were seen last. */
export async function loginsOf(database: Queryable, userIds: readonly string[]): Promise<Map<string, string>> {
  if (userIds.length === 0) return new Map();
  const { rows } = await database.query<{ user_id: string; login: string }>({
    text: `SELECT DISTINCT ON (user_id) user_id, login FROM identities WHERE user_id = ANY ($1)
      ORDER BY user_id, provider <> 'github', updated_at DESC, id`,
    values: [userIds],
  });
  return new Map(rows.map(({ user_id, login }) => [user_id, login]));
}

/** The query for a column of whom a user last was at a provider; `row` has both. */
export function latestIdentity(column: "login" | "provider_uid", row: string): string {
  return `SELECT r.${column} FROM identities r WHERE r.user_id = ${row}.user_id
    AND r.provider = coalesce(${row}.provider, 'github') ORDER BY r.updated_at DESC, r.id LIMIT 1`;
}
