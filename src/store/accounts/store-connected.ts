import { randomUUID } from "node:crypto";
import type { Keyring } from "../../crypto/keyring.ts";
import type { TokenPair } from "../../grant.ts";
import type { Queryable } from "../database.ts";
import { accountPlace, refreshMargin, sealPair } from "./account.ts";
import { announced } from "./account-changes.ts";
import { secondsToNextLook } from "./due-accounts.ts";

/**
 * Stores what a person connected: a new row, or the user's row for that provider used again, under its own id.
 * `version` grows, so that a refresh that is under way can't write over it; suspicion and back-off end.
 * @throws the unique violation of `user_external_accounts_live_identity` when another account holds the identity
 */
export async function storeConnectedAccount(
  deps: { keyring: Keyring },
  transaction: Queryable,
  connected: {
    userId: string;
    provider: string;
    identityId: string;
    state: "active" | "limited";
    pair: TokenPair & { scopes: readonly string[] };
    /** Of the refresh token, to find the account by; null: it has none. */
    nameHashes?: readonly Buffer[] | null;
  },
): Promise<{ accountId: string }> {
  const { userId, provider, identityId, state, pair } = connected;
  const { rows } = await transaction.query<{ id: string }>({
    text: "SELECT id FROM user_external_accounts WHERE user_id = $1 AND provider = $2 FOR UPDATE",
    values: [userId, provider],
  });
  const accountId = rows[0]?.id ?? randomUUID();
  const sealed = sealPair(deps.keyring, accountPlace(accountId, userId, provider), pair);
  const life = pair.accessExpiresIn;
  await transaction.query({
    text: announced(`INSERT INTO user_external_accounts AS a (id, user_id, provider, identity_id, state, access_token,
        refresh_token, key_id, access_expires_at, refresh_due_at, refresh_expires_at, scopes, look_at, metadata,
        refresh_token_names)
      VALUES ($1, $2, $3, $4, $13, $5, $6, $7, now() + $8::float8 * interval '1 s',
        now() + $9::float8 * interval '1 s', now() + $10::float8 * interval '1 s', $11, now() + $12::float8 * interval '1 s', $14, $15)
      ON CONFLICT (user_id, provider) DO UPDATE SET identity_id = excluded.identity_id, state = excluded.state,
        version = a.version + 1, access_token = excluded.access_token, refresh_token = excluded.refresh_token,
        refresh_token_names = excluded.refresh_token_names,
        key_id = excluded.key_id, access_expires_at = excluded.access_expires_at,
        refresh_due_at = excluded.refresh_due_at, refresh_expires_at = excluded.refresh_expires_at,
        scopes = excluded.scopes, metadata = excluded.metadata, look_at = excluded.look_at, lease_id = NULL, lease_until = NULL, suspect_until = NULL,
        forced_refresh_at = NULL, failure_count = 0, retry_after = NULL, last_refreshed_at = NULL,
        connected_at = CASE WHEN a.state = 'revoked' THEN now() ELSE a.connected_at END,
        revoked_at = NULL, revocation_reason = NULL, ended_by = NULL, single_sign_on = '{}', updated_at = now()`),
    values: [
      accountId,
      userId,
      provider,
      identityId,
      sealed.access,
      sealed.refresh,
      deps.keyring.activeId,
      life,
      life === null ? null : life - refreshMargin(life),
      pair.refreshExpiresIn,
      JSON.stringify(pair.scopes),
      secondsToNextLook(pair.refreshExpiresIn),
      state,
      JSON.stringify(pair.metadata ?? {}),
      connected.nameHashes ?? null,
    ],
  });
  return { accountId };
}
