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

/**
 * A user's accounts, one a provider at the most. One that is pending is shown where none is live: beside a live one it is
 * nothing yet that anybody could use.
 */
export async function listUserAccounts(database: Queryable, userId: string): Promise<ShownAccount[]> {
  const { rows } = await database.query<ShownRow>({
    text: `SELECT DISTINCT ON (provider) provider, provider_uid, login, has_token, state, scopes, access_expires_at,
        connected_at, last_used_at
      FROM (SELECT a.provider, i.provider_uid, i.login, a.access_token IS NOT NULL AS has_token, a.state, a.scopes,
          a.access_expires_at, a.connected_at, a.last_used_at, CASE a.state WHEN 'revoked' THEN 2 ELSE 0 END AS place
        FROM user_external_accounts a JOIN identities i ON i.id = a.identity_id WHERE a.user_id = $1
        UNION ALL SELECT p.provider, i.provider_uid, i.login, true, 'pending', p.scopes,
          p.access_expires_at, p.confirmed_at, NULL, 1
        FROM pending_connects p JOIN identities i ON i.id = p.identity_id
        WHERE p.user_id = $1 AND p.confirmed_at IS NOT NULL AND p.expires_at > now()) every
      ORDER BY provider, place, connected_at DESC`,
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
