import type { Queryable } from "../database.ts";
import type { AccountState } from "./held-account.ts";

/** What may be told of an account: no token is among it. */
export interface ShownAccount {
  provider: string;
  providerUid: string;
  login: string;
  hasToken: boolean;
  state: AccountState;
  scopes: string[];
  accessExpiresAt: Date | null;
  connectedAt: Date;
  lastUsedAt: Date | null;
}

interface ShownRow {
  provider: string;
  provider_uid: string;
  login: string;
  has_token: boolean;
  state: AccountState;
  scopes: string[];
  access_expires_at: Date | null;
  connected_at: Date;
  last_used_at: Date | null;
}

/** A user's accounts, one a provider at the most. */
export async function listUserAccounts(database: Queryable, userId: string): Promise<ShownAccount[]> {
  const { rows } = await database.query<ShownRow>({
    text: `SELECT a.provider, i.provider_uid, i.login, a.access_token IS NOT NULL AS has_token, a.state, a.scopes,
        a.access_expires_at, a.connected_at, a.last_used_at
      FROM user_external_accounts a JOIN identities i ON i.id = a.identity_id WHERE a.user_id = $1 ORDER BY a.provider`,
    values: [userId],
  });
  return rows.map((row) => ({
    provider: row.provider,
    providerUid: row.provider_uid,
    login: row.login,
    hasToken: row.has_token,
    state: row.state,
    scopes: row.scopes,
    accessExpiresAt: row.access_expires_at,
    connectedAt: row.connected_at,
    lastUsedAt: row.last_used_at,
  }));
}
