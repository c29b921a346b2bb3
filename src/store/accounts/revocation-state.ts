import type { Queryable } from "../database.ts";

/** What is still to be ended: `unconfirmed` can't be tried again, since its tokens are dead. */
export type RevocationState = "pending" | "unconfirmed";

/** A row as this process claimed it. */
interface Claimed {
  id: string;
  attempts: number;
}

/**
 * It is over: nothing is left to do or to keep. The end of a grant also confirms what could not be
 * confirmed of the same identity before, and what waited for the pair of a refresh: this may have been that pair.
 * @param claimed.attempts where the provider did not say so itself: only if no other process tries it by now, which may
 *   have renewed the tokens that are gone
 */
export async function removeRevocation(database: Queryable, claimed: Partial<Claimed> & { id: string }): Promise<void> {
  await database.query({
    text: `DELETE FROM pending_revocations p USING pending_revocations ended
      WHERE ended.id = $1 AND ($2::int IS NULL OR ended.attempts = $2) AND (p.id = ended.id OR (ended.kind = 'grant' AND p.kind = 'grant'
        AND (p.state = 'unconfirmed' OR p.refresh_until IS NOT NULL) AND p.identity_id = ended.identity_id AND p.provider = ended.provider))`,
    values: [claimed.id, claimed.attempts ?? null],
  });
}

/**
 * The tokens are dead and prove nothing: they are erased, and the person is shown where to look. Nothing happens when
 * another process has claimed it meanwhile: that one may have renewed them, which is why they are dead.
 */
export async function leaveUnconfirmed(database: Queryable, claimed: Claimed, why: string): Promise<void> {
  await database.query({
    text: `UPDATE pending_revocations SET state = 'unconfirmed', access_token = NULL, refresh_token = NULL,
        key_id = NULL, lease_until = NULL, last_error = $2 WHERE id = $1 AND attempts = $3`,
    values: [claimed.id, why, claimed.attempts],
  });
}

/** The person grants again: whether the grant before was really gone no longer matters. */
export async function forgetUnconfirmed(transaction: Queryable, identityId: string): Promise<void> {
  await transaction.query({
    text: "DELETE FROM pending_revocations WHERE identity_id = $1 AND kind = 'grant' AND state = 'unconfirmed'",
    values: [identityId],
  });
}

/** Makes all that waits for its next try due now, as a start does (contract, Times). */
export async function hastenRevocations(database: Queryable): Promise<void> {
  await database.query({
    text: `UPDATE pending_revocations SET next_attempt_at = clock_timestamp()
      WHERE state = 'pending' AND next_attempt_at > clock_timestamp()`,
  });
}

/** Puts the next try off: after 5 s, doubling to 10 minutes (contract, Times); unless another process tries it by now. */
export async function postponeRevocation(database: Queryable, claimed: Claimed, why: string): Promise<void> {
  await database.query({
    text: `UPDATE pending_revocations SET lease_until = NULL, last_error = $2,
        next_attempt_at = clock_timestamp() + least(600, 5 * 2 ^ least(attempts - 1, 7)) * interval '1 s'
      WHERE id = $1 AND attempts = $3`,
    values: [claimed.id, why, claimed.attempts],
  });
}

/** Whether a grant of that identity is still to be ended: a connect waits for it. */
export async function grantIsEnding(database: Queryable, identityId: string): Promise<boolean> {
  const { rows } = await database.query({
    text: "SELECT 1 FROM pending_revocations WHERE identity_id = $1 AND kind = 'grant' AND state = 'pending' LIMIT 1",
    values: [identityId],
  });
  return rows.length > 0;
}

/**
 * Whether a grant of that identity is to be ended, or may have been: its account is over, belongs to another now, or was
 * changed since, as by a disconnect and another connect.
 */
export async function grantMayHaveEnded(database: Queryable, identityId: string, since: Date): Promise<boolean> {
  const { rows } = await database.query({
    text: `SELECT 1 FROM pending_revocations WHERE identity_id = $1 AND kind = 'grant'
      UNION ALL SELECT 1 FROM user_external_accounts WHERE identity_id = $1
        AND (state = 'revoked' OR updated_at > $2) LIMIT 1`,
    values: [identityId, since],
  });
  return rows.length > 0;
}

/** Whether the live account of that identity got another pair since, or is another one. */
export async function accountChangedSince(database: Queryable, identityId: string, since: Date): Promise<boolean> {
  const { rows } = await database.query({
    text: "SELECT 1 FROM user_external_accounts WHERE identity_id = $1 AND state <> 'revoked' AND updated_at > $2",
    values: [identityId, since],
  });
  return rows.length > 0;
}

/** Makes the next try for a user's grant due now. */
export async function hastenRevocationOf(
  database: Queryable,
  user: { userId: string; provider: string },
): Promise<{ id: string; identityId: string } | null> {
  const { rows } = await database.query<{ id: string; identity_id: string }>({
    text: `UPDATE pending_revocations SET next_attempt_at = clock_timestamp()
      WHERE user_id = $1 AND provider = $2 AND kind = 'grant' AND state = 'pending' AND identity_id IS NOT NULL
      RETURNING id, identity_id`,
    values: [user.userId, user.provider],
  });
  return rows[0] ? { id: rows[0].id, identityId: rows[0].identity_id } : null;
}

/** How the ending of an account's grant stands, for the person's page. */
export async function readRevocationState(
  database: Queryable,
  account: { userId: string; provider: string; identityId: string },
): Promise<RevocationState | null> {
  const { rows } = await database.query<{ state: RevocationState }>({
    text: `SELECT state FROM pending_revocations WHERE user_id = $1 AND provider = $2 AND identity_id = $3 AND kind = 'grant'
      ORDER BY created_at DESC LIMIT 1`,
    values: [account.userId, account.provider, account.identityId],
  });
  return rows[0]?.state ?? null;
}

/** How the ending of all that a user had granted stands. */
export async function readRevocationsOf(
  database: Queryable,
  userId: string,
): Promise<{ state: "done" | "pending" | "unconfirmed"; pending: { id: string; provider: string }[] }> {
  const { rows } = await database.query<{ id: string; provider: string; state: "pending" | "unconfirmed" }>({
    text: "SELECT id, provider, state FROM pending_revocations WHERE user_id = $1 AND kind = 'grant' ORDER BY created_at",
    values: [userId],
  });
  const pending = rows.filter(({ state }) => state === "pending");
  return { state: pending.length > 0 ? "pending" : rows.length > 0 ? "unconfirmed" : "done", pending };
}
