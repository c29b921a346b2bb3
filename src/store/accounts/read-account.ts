import type { Queryable } from "../database.ts";
import { type Account, type AccountRow, accountColumns, toAccount } from "./account.ts";

/** One account by its id: one indexed read. */
export async function readAccount(database: Queryable, id: string): Promise<Account | null> {
  const { rows } = await database.query<AccountRow>({
    name: "read-account",
    text: `SELECT ${accountColumns("a")} FROM user_external_accounts a WHERE a.id = $1`,
    values: [id],
  });
  return rows[0] ? toAccount(rows[0]) : null;
}

/** The account of a user at a provider, whatever its state. */
export async function readUserAccount(
  database: Queryable,
  user: { userId: string; provider: string },
): Promise<Account | null> {
  const { rows } = await database.query<AccountRow>({
    name: "read-user-account",
    text: `SELECT ${accountColumns("a")} FROM user_external_accounts a WHERE a.user_id = $1 AND a.provider = $2`,
    values: [user.userId, user.provider],
  });
  return rows[0] ? toAccount(rows[0]) : null;
}

/** The same, locked for the rest of the transaction: neither a refresh nor a disconnect changes it meanwhile. */
export async function lockUserAccount(
  transaction: Queryable,
  user: { userId: string; provider: string },
): Promise<Account | null> {
  const { rows } = await transaction.query<AccountRow>({
    text: `SELECT ${accountColumns("a")} FROM user_external_accounts a
      WHERE a.user_id = $1 AND a.provider = $2 FOR UPDATE`,
    values: [user.userId, user.provider],
  });
  return rows[0] ? toAccount(rows[0]) : null;
}

/** The account that holds an identity now, if one does. */
export async function readAccountOfIdentity(
  database: Queryable,
  identity: { provider: string; providerUid: string },
): Promise<Account | null> {
  const { rows } = await database.query<AccountRow>({
    name: "read-account-of-identity",
    text: `SELECT ${accountColumns("a")} FROM user_external_accounts a JOIN identities i ON i.id = a.identity_id
      WHERE i.provider = $1 AND i.provider_uid = $2 AND a.provider = $1 AND a.state <> 'revoked'`,
    values: [identity.provider, identity.providerUid],
  });
  return rows[0] ? toAccount(rows[0]) : null;
}

/** The live accounts of all identities whose id at the provider begins so, in the order of those ids. */
export async function readAccountsOfIdentities(
  database: Queryable,
  search: { provider: string; providerUidPrefix: string; after: string; limit: number },
): Promise<{ account: Account; providerUid: string }[]> {
  const { provider, providerUidPrefix, after, limit } = search;
  // Greater than whatever begins so.
  const end = `${providerUidPrefix}\u{10ffff}`;
  const { rows } = await database.query<AccountRow & { provider_uid: string }>({
    text: `SELECT ${accountColumns("a")}, i.provider_uid FROM user_external_accounts a JOIN identities i ON i.id = a.identity_id
      WHERE i.provider = $1 AND i.provider_uid COLLATE "C" > $2 AND i.provider_uid COLLATE "C" < $3
        AND a.provider = $1 AND a.state <> 'revoked'
      ORDER BY i.provider_uid COLLATE "C" LIMIT $4`,
    values: [provider, after === "" ? providerUidPrefix : after, end, limit],
  });
  return rows.map((row) => ({ account: toAccount(row), providerUid: row.provider_uid }));
}

/** Which accounts are live, of a user or of identities. */
export async function liveAccountsOf(
  database: Queryable,
  owner: { userId: string; identityIds: readonly string[] },
): Promise<{ userId: string; provider: string }[]> {
  const { rows } = await database.query<{ user_id: string; provider: string }>({
    text: `SELECT user_id, provider FROM user_external_accounts WHERE user_id = $1 AND state <> 'revoked'
      UNION SELECT user_id, provider FROM user_external_accounts WHERE identity_id = ANY ($2) AND state <> 'revoked'
      ORDER BY user_id, provider`,
    values: [owner.userId, owner.identityIds],
  });
  return rows.map(({ user_id, provider }) => ({ userId: user_id, provider }));
}
