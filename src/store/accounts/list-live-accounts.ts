import type { Queryable } from "../database.ts";
import type { AccountState } from "./held-account.ts";

/** An account as an admin sees it: no token is among it. */
export interface LiveAccount {
  id: string;
  identityId: string;
  provider: string;
  state: AccountState;
  login: string;
  displayName: string | null;
  avatarUrl: string | null;
  /** The platform's id of the user, where it created them. */
  externalId: string | null;
  connectedAt: Date;
  lastUsedAt: Date | null;
}

interface LiveRow {
  id: string;
  identity_id: string;
  provider: string;
  state: AccountState;
  login: string;
  display_name: string | null;
  avatar_url: string | null;
  external_id: string | null;
  connected_at: Date;
  last_used_at: Date | null;
}

/** Which accounts are listed. */
export interface AccountFilter {
  /** Of these providers alone; null: of all. */
  providers: readonly string[] | null;
  /** In this state alone; null: in any but `revoked`. */
  state: AccountState | null;
}

const columns = `a.id, a.identity_id, a.provider, a.state, i.login, i.display_name, i.avatar_url, u.external_id,
  a.connected_at, a.last_used_at`;

/**
 * A page of all accounts that are not over, by login.
 * @param page.login what the login begins with, in whatever case; empty for everybody
 * @param page.after the last one seen
 */
export async function listLiveAccounts(
  database: Queryable,
  page: { login: string; after: { login: string; identityId: string } | null; limit: number } & Partial<AccountFilter>,
): Promise<LiveAccount[]> {
  const { login, after, limit, providers = null, state = null } = page;
  const { rows } = await database.query<LiveRow>({
    // U+10FFFF is the last of all characters: what begins with a text is the range up to it.
    text: `SELECT ${columns}
      FROM identities i
      JOIN user_external_accounts a ON a.identity_id = i.id
        AND ($3::text[] IS NULL OR a.provider = ANY ($3)) AND a.state = ANY ($4::text[])
      JOIN users u ON u.id = a.user_id
      WHERE lower(i.login) COLLATE "C" >= lower($1) AND lower(i.login) COLLATE "C" < lower($1) || U&'\\+10FFFF'
        ${after ? `AND (lower(i.login) COLLATE "C", i.id) > (lower($5), $6::uuid)` : ""}
      ORDER BY lower(i.login) COLLATE "C", i.id LIMIT $2`,
    values: [login, limit, providers, statesOf(state), ...(after ? [after.login, after.identityId] : [])],
  });
  return rows.map(toLive);
}

/**
 * The same by provider and state, for whoever looks for a rare state among very many accounts: an index has this order.
 * @param page.providers those to look at
 */
export async function listAccountsOfState(
  database: Queryable,
  page: {
    providers: readonly string[];
    state: AccountState | null;
    after: { provider: string; state: string; id: string } | null;
    limit: number;
  },
): Promise<LiveAccount[]> {
  const { providers, state, after, limit } = page;
  const { rows } = await database.query<LiveRow>({
    text: `SELECT ${columns}
      FROM (SELECT * FROM user_external_accounts a WHERE a.provider = ANY ($1::text[]) AND a.state = ANY ($2::text[])
          ${after ? "AND (a.provider, a.state, a.id) > ($4, $5, $6::uuid)" : ""}
        ORDER BY a.provider, a.state, a.id LIMIT $3) a
      JOIN identities i ON i.id = a.identity_id
      JOIN users u ON u.id = a.user_id
      ORDER BY a.provider, a.state, a.id`,
    values: [providers, statesOf(state), limit, ...(after ? [after.provider, after.state, after.id] : [])],
  });
  return rows.map(toLive);
}

function statesOf(state: AccountState | null): AccountState[] {
  return state === null ? ["active", "limited", "pending"] : [state];
}

function toLive(row: LiveRow): LiveAccount {
  return {
    id: row.id,
    identityId: row.identity_id,
    provider: row.provider,
    state: row.state,
    login: row.login,
    displayName: row.display_name,
    avatarUrl: row.avatar_url,
    externalId: row.external_id,
    connectedAt: row.connected_at,
    lastUsedAt: row.last_used_at,
  };
}
