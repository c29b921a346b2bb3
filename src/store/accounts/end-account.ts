import type { Queryable } from "../database.ts";
import type { EndedBy, RevocationReason } from "./account.ts";
import { announced } from "./account-changes.ts";

const erased = `state = 'revoked', version = version + 1, access_token = NULL, refresh_token = NULL, key_id = NULL,
  refresh_token_names = NULL,
  access_expires_at = NULL, refresh_due_at = NULL, refresh_expires_at = NULL, lease_id = NULL, lease_until = NULL,
  suspect_until = NULL, retry_after = NULL, single_sign_on = '{}', revoked_at = now(), updated_at = now()`;

/**
 * The provider ended it: the account is revoked and its sealed tokens are erased in the same statement. Only while
 * `version` (and the lease, where one is held) is unchanged, so that a late answer never ends a fresh reconnect.
 * @param by whose decision it is: it says which event the host platform gets of it
 * @returns whether this call ended it
 */
export async function eraseAccount(
  database: Queryable,
  account: { id: string; version: number; leaseId?: string },
  reason: RevocationReason,
  by: EndedBy = "provider",
): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "erase-account",
    text: announced(`UPDATE user_external_accounts SET ${erased}, revocation_reason = $3, ended_by = $5
      WHERE id = $1 AND version = $2 AND state <> 'revoked' AND ($4::uuid IS NULL OR lease_id = $4)`),
    values: [account.id, account.version, reason, account.leaseId ?? null, by],
  });
  return rowCount === 1;
}

/**
 * The same for whoever found the token dead and has no lease: not while a refresh is under way, nor while the outcome
 * of one is unknown, since the token may be dead because a living one took its place.
 */
export async function eraseIdleAccount(
  database: Queryable,
  account: { id: string; version: number },
  reason: RevocationReason,
): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "erase-idle-account",
    text: announced(`UPDATE user_external_accounts SET ${erased}, revocation_reason = $3, ended_by = 'provider'
      WHERE id = $1 AND version = $2 AND state <> 'revoked' AND lease_id IS NULL
        AND (suspect_until IS NULL OR suspect_until <= clock_timestamp())`),
    values: [account.id, account.version, reason],
  });
  return rowCount === 1;
}

/** Removes the rows of accounts that have ended: a user's, and those that had one of these identities. */
export async function removeAccounts(
  transaction: Queryable,
  owner: { userId: string; identityIds: readonly string[] },
): Promise<void> {
  await transaction.query({
    text: `DELETE FROM user_external_accounts WHERE state = 'revoked' AND id IN (
      SELECT id FROM user_external_accounts WHERE user_id = $1
      UNION ALL SELECT id FROM user_external_accounts WHERE identity_id = ANY ($2))`,
    values: [owner.userId, owner.identityIds],
  });
}

/** Notes that an account was used. */
export async function touchAccount(database: Queryable, accountId: string): Promise<void> {
  await database.query({
    name: "touch-account",
    text: "UPDATE user_external_accounts SET last_used_at = now() WHERE id = $1",
    values: [accountId],
  });
}
