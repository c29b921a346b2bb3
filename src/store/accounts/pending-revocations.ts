import { randomUUID } from "node:crypto";
import type { Keyring } from "../../crypto/keyring.ts";
import type { Database, Queryable } from "../database.ts";
import {
  type Account,
  type AccountRow,
  accountColumns,
  type OpenedTokens,
  openPair,
  openTokens,
  type RevocationReason,
  sealPair,
  toAccount,
} from "./account.ts";
import { eraseAccount } from "./end-account.ts";

/** What must still be ended at a provider: the table is the queue, retried until the provider confirms. */
export interface PendingRevocation {
  id: string;
  provider: string;
  /** `grant`: all that the person gave to the app. `token`: one token of a grant that goes on. */
  kind: "grant" | "token";
  userId: string | null;
  identityId: string | null;
  attempts: number;
  accessExpiresAt: Date | null;
  tokens: OpenedTokens;
  readAt: Date;
}

export interface NewRevocation {
  provider: string;
  kind: "grant" | "token";
  userId: string | null;
  identityId: string | null;
  tokens: OpenedTokens;
  accessExpiresAt: Date | null;
}

/** Puts tokens that must be ended into the queue, sealed for their new row. */
export async function addPendingRevocation(
  deps: { keyring: Keyring },
  database: Queryable,
  revocation: NewRevocation,
): Promise<string> {
  const id = randomUUID();
  const place = revocationPlace(id, revocation.userId, revocation.provider);
  const sealed = sealPair(deps.keyring, place, revocation.tokens);
  await database.query({
    text: `INSERT INTO pending_revocations
        (id, provider, kind, user_id, identity_id, access_token, refresh_token, key_id, access_expires_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    values: [
      id,
      revocation.provider,
      revocation.kind,
      revocation.userId,
      revocation.identityId,
      sealed.access,
      sealed.refresh,
      deps.keyring.activeId,
      revocation.accessExpiresAt,
    ],
  });
  return id;
}

/**
 * Queues a pair that came back for an account that has moved on meanwhile. Its whole grant is ended only if nobody has
 * the identity by now, since that kills every token of the person. The identity is locked first, as a connect locks it:
 * whichever comes second sees what the first one left.
 */
export async function addUnwantedPair(
  deps: { database: Database; keyring: Keyring },
  account: Account,
  unwanted: { tokens: OpenedTokens; accessExpiresAt: Date | null },
): Promise<string> {
  const { provider, userId, identityId } = account;
  return deps.database.transaction(async (transaction) => {
    await transaction.query({ text: "SELECT 1 FROM identities WHERE id = $1 FOR UPDATE", values: [identityId] });
    const { rows } = await transaction.query({
      text: "SELECT 1 FROM user_external_accounts WHERE identity_id = $1 AND provider = $2 AND state <> 'revoked'",
      values: [identityId, provider],
    });
    const kind = rows.length > 0 ? "token" : "grant";
    return addPendingRevocation(deps, transaction, { provider, kind, userId, identityId, ...unwanted });
  });
}

/**
 * We end it: the account becomes unusable and its tokens move into the queue, in the caller's transaction.
 * @returns the account as it was, and the queue's row; null when there was nothing to end
 */
export async function moveToPendingRevocation(
  deps: { keyring: Keyring },
  transaction: Queryable,
  user: { userId: string; provider: string },
  reason: RevocationReason,
): Promise<{ account: Account; revocationId: string } | null> {
  // The identity first, as a connect does: whichever comes second sees what the first one left.
  await transaction.query({
    text: `SELECT 1 FROM identities WHERE id = (SELECT identity_id FROM user_external_accounts
      WHERE user_id = $1 AND provider = $2) FOR UPDATE`,
    values: [user.userId, user.provider],
  });
  const { rows } = await transaction.query<AccountRow>({
    text: `SELECT ${accountColumns("a")} FROM user_external_accounts a
      WHERE a.user_id = $1 AND a.provider = $2 AND a.state <> 'revoked' FOR UPDATE`,
    values: [user.userId, user.provider],
  });
  if (!rows[0]) return null;
  const account = toAccount(rows[0]);
  const tokens = openTokens(deps.keyring, account);
  if (!tokens) return null;
  const revocationId = await addPendingRevocation(deps, transaction, {
    provider: account.provider,
    kind: "grant",
    userId: account.userId,
    identityId: account.identityId,
    tokens,
    accessExpiresAt: account.accessExpiresAt,
  });
  await eraseAccount(transaction, account, reason);
  return { account, revocationId };
}

interface RevocationRow {
  id: string;
  provider: string;
  kind: "grant" | "token";
  user_id: string | null;
  identity_id: string | null;
  attempts: number;
  access_expires_at: Date | null;
  access_token: Buffer;
  refresh_token: Buffer | null;
  read_at: Date;
}

/**
 * Claims one row that is due for this process, for longer than a refresh and a deletion take; or that very row. What is
 * due is searched by `now()`, which an index can answer; `clock_timestamp()` could change within the search.
 */
export async function claimRevocation(
  deps: { database: Queryable; keyring: Keyring },
  id?: string,
): Promise<PendingRevocation | null> {
  const { rows } = await deps.database.query<RevocationRow>({
    text: `UPDATE pending_revocations
      SET lease_until = clock_timestamp() + interval '60 s', attempts = attempts + 1
      WHERE id = (SELECT id FROM pending_revocations
        WHERE state = 'pending' AND next_attempt_at <= now() AND ($1::uuid IS NULL OR id = $1)
          AND (lease_until IS NULL OR lease_until <= clock_timestamp())
        ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, provider, kind, user_id, identity_id, attempts, access_expires_at, access_token, refresh_token,
        clock_timestamp() AS read_at`,
    values: [id ?? null],
  });
  const row = rows[0];
  if (!row) return null;
  const place = revocationPlace(row.id, row.user_id, row.provider);
  return {
    id: row.id,
    provider: row.provider,
    kind: row.kind,
    userId: row.user_id,
    identityId: row.identity_id,
    attempts: row.attempts,
    accessExpiresAt: row.access_expires_at,
    tokens: openPair(deps.keyring, place, { access: row.access_token, refresh: row.refresh_token }),
    readAt: row.read_at,
  };
}

/** Keeps the pair that a refresh before the deletion brought, before anything else is done with it. */
export async function keepRefreshedTokens(
  deps: { database: Queryable; keyring: Keyring },
  revocation: PendingRevocation,
  pair: { tokens: OpenedTokens; accessExpiresIn: number | null },
): Promise<void> {
  const place = revocationPlace(revocation.id, revocation.userId, revocation.provider);
  const sealed = sealPair(deps.keyring, place, pair.tokens);
  await deps.database.query({
    text: `UPDATE pending_revocations SET access_token = $2, refresh_token = $3, key_id = $4,
        access_expires_at = now() + $5::float8 * interval '1 s'
      WHERE id = $1 AND state = 'pending'`,
    values: [revocation.id, sealed.access, sealed.refresh, deps.keyring.activeId, pair.accessExpiresIn],
  });
}

/**
 * The provider confirmed: nothing is left to do or to keep. The end of a grant also confirms what could not be
 * confirmed of the same identity before.
 */
export async function removeRevocation(database: Queryable, id: string): Promise<void> {
  await database.query({
    text: `DELETE FROM pending_revocations p USING pending_revocations ended
      WHERE ended.id = $1 AND (p.id = ended.id OR (ended.kind = 'grant' AND p.kind = 'grant'
        AND p.state = 'unconfirmed' AND p.identity_id = ended.identity_id AND p.provider = ended.provider))`,
    values: [id],
  });
}

/** The tokens are dead and prove nothing: they are erased, and the person is shown where to look. */
export async function leaveUnconfirmed(database: Queryable, id: string, why: string): Promise<void> {
  await database.query({
    text: `UPDATE pending_revocations SET state = 'unconfirmed', access_token = NULL, refresh_token = NULL,
        key_id = NULL, lease_until = NULL, last_error = $2 WHERE id = $1`,
    values: [id, why],
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

/** Puts the next try off: after 5 s, doubling to 10 minutes (contract, Times). */
export async function postponeRevocation(database: Queryable, id: string, why: string): Promise<void> {
  await database.query({
    text: `UPDATE pending_revocations SET lease_until = NULL, last_error = $2,
        next_attempt_at = clock_timestamp() + least(600, 5 * 2 ^ least(attempts - 1, 7)) * interval '1 s'
      WHERE id = $1`,
    values: [id, why],
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

/** Whether a grant of that identity is to be ended, or may have been: its account is over, or belongs to another now. */
export async function grantMayHaveEnded(database: Queryable, identityId: string): Promise<boolean> {
  const { rows } = await database.query({
    text: `SELECT 1 FROM pending_revocations WHERE identity_id = $1 AND kind = 'grant'
      UNION ALL SELECT 1 FROM user_external_accounts WHERE identity_id = $1 AND state = 'revoked' LIMIT 1`,
    values: [identityId],
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
): Promise<"pending" | "unconfirmed" | null> {
  const { rows } = await database.query<{ state: "pending" | "unconfirmed" }>({
    text: `SELECT state FROM pending_revocations WHERE user_id = $1 AND provider = $2 AND identity_id = $3 AND kind = 'grant'
      ORDER BY created_at DESC LIMIT 1`,
    values: [account.userId, account.provider, account.identityId],
  });
  return rows[0]?.state ?? null;
}

export function revocationPlace(rowId: string, userId: string | null, provider: string) {
  return { table: "pending_revocations", rowId, userId: userId ?? "", provider } as const;
}
