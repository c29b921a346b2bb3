import { randomUUID } from "node:crypto";
import type { Keyring } from "../../crypto/keyring.ts";
import { sealedWith } from "../../crypto/seal.ts";
import { Problem } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Database, Queryable } from "../database.ts";
import {
  type Account,
  type AccountRow,
  accountColumns,
  type EndedBy,
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
  /** How often it was claimed, with this time: whoever claims it later has another number. */
  attempts: number;
  accessExpiresAt: Date | null;
  /** A refresh was under way: until then its pair may come, so that these tokens are dead proves nothing. */
  refreshUntil: Date | null;
  tokens: OpenedTokens;
  readAt: Date;
}

/** One that was just claimed. Null: its tokens don't open, which is an operator's to mend. */
export type ClaimedRevocation = Omit<PendingRevocation, "tokens"> & { tokens: OpenedTokens | null };

export interface NewRevocation {
  provider: string;
  kind: "grant" | "token";
  userId: string | null;
  identityId: string | null;
  tokens: OpenedTokens;
  accessExpiresAt: Date | null;
  refreshUntil?: Date | null;
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
        (id, provider, kind, user_id, identity_id, access_token, refresh_token, key_id, access_expires_at, refresh_until)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
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
      revocation.refreshUntil ?? null,
    ],
  });
  return id;
}

/**
 * Queues a pair that came back for an account, or a revocation, that has moved on meanwhile. Its whole grant is ended only if nobody has
 * the identity by now, since that kills every token of the person; who was erased and let in again may have it under
 * another id. The identity is locked first, as a connect locks it:
 * whichever comes second sees what the first one left.
 */
export async function addUnwantedPair(
  deps: { database: Database; keyring: Keyring },
  account: { provider: string; userId: string | null; identityId: string | null },
  unwanted: { tokens: OpenedTokens; accessExpiresAt: Date | null },
): Promise<string> {
  const { provider, userId, identityId } = account;
  return deps.database.transaction(async (transaction) => {
    await transaction.query({ text: "SELECT 1 FROM identities WHERE id = $1 FOR UPDATE", values: [identityId] });
    const { rows } = await transaction.query({
      text: `SELECT 1 FROM user_external_accounts WHERE identity_id = $1 AND provider = $2 AND state <> 'revoked'
        UNION ALL SELECT 1 FROM pending_connects WHERE identity_id = $1
        UNION ALL SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM identities WHERE id = $1)
          AND NOT EXISTS (SELECT 1 FROM tombstones WHERE user_id = $3 AND kind = 'identity')`,
      values: [identityId, provider, userId],
    });
    const kind = rows.length > 0 ? "token" : "grant";
    return addPendingRevocation(deps, transaction, { provider, kind, userId, identityId, ...unwanted });
  });
}

/**
 * We end it: the account becomes unusable and its tokens move into the queue, in the caller's transaction. Tokens that
 * were altered or moved can't be ended, which must keep nobody from being disconnected, deactivated or erased: the end
 * of their grant stands there as unconfirmed.
 * @returns the account as it was, and the queue's row; null when there was nothing to end
 */
export async function moveToPendingRevocation(
  deps: { keyring: Keyring; log: Log },
  transaction: Queryable,
  user: { userId: string; provider: string },
  reason: RevocationReason,
  by: EndedBy,
): Promise<{ account: Account; revocationId: string } | null> {
  // The identity first, as a connect does: whichever comes second sees what the first one left.
  await transaction.query({
    text: `SELECT 1 FROM identities WHERE id = (SELECT identity_id FROM user_external_accounts
      WHERE user_id = $1 AND provider = $2) FOR UPDATE`,
    values: [user.userId, user.provider],
  });
  const { rows } = await transaction.query<AccountRow & { refresh_until: Date | null }>({
    text: `SELECT ${accountColumns("a")}, CASE WHEN a.lease_id IS NOT NULL OR a.suspect_until IS NOT NULL
          THEN greatest(a.lease_until, clock_timestamp()) END AS refresh_until
      FROM user_external_accounts a
      WHERE a.user_id = $1 AND a.provider = $2 AND a.state <> 'revoked' FOR UPDATE`,
    values: [user.userId, user.provider],
  });
  if (!rows[0]) return null;
  const account = toAccount(rows[0]);
  const tokens = opened(() => openTokens(deps.keyring, account));
  if (!tokens && !hasKeys(deps.keyring, [account.sealedAccessToken, account.sealedRefreshToken])) {
    openTokens(deps.keyring, account);
  }
  if (!tokens)
    deps.log.error({ account: account.id }, "an account was ended whose tokens do not open: its grant was not");
  const revocationId = tokens
    ? await addPendingRevocation(deps, transaction, {
        provider: account.provider,
        kind: "grant",
        userId: account.userId,
        identityId: account.identityId,
        tokens,
        accessExpiresAt: account.accessExpiresAt,
        refreshUntil: rows[0].refresh_until,
      })
    : await addUnconfirmed(transaction, account);
  await eraseAccount(transaction, account, reason, by);
  return { account, revocationId };
}

/** A grant whose tokens are of no use: its end can't be confirmed. */
export async function addUnconfirmed(
  transaction: Queryable,
  account: Pick<Account, "provider" | "userId" | "identityId">,
): Promise<string> {
  const id = randomUUID();
  await transaction.query({
    text: `INSERT INTO pending_revocations (id, provider, kind, user_id, identity_id, state, last_error)
      VALUES ($1, $2, 'grant', $3, $4, 'unconfirmed', 'the tokens did not open, so the provider could not be asked')`,
    values: [id, account.provider, account.userId, account.identityId],
  });
  return id;
}

/**
 * Whether what is sealed can be opened but for having been altered. A key that this process lacks is put back, or
 * another process has it: until then the tokens must be kept.
 */
export function hasKeys(keyring: Keyring, sealed: readonly (Buffer | null)[]): boolean {
  return sealed.every((bytes) => bytes === null || keyring.ids.includes(keyOf(bytes) ?? keyring.activeId));
}

/** Null: it was altered. */
function keyOf(sealed: Buffer): string | null {
  try {
    return sealedWith(sealed);
  } catch {
    return null;
  }
}

/** Null: it does not open. */
export function opened(open: () => OpenedTokens | null): OpenedTokens | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof Problem && error.code === "cannot_unseal") return null;
    throw error;
  }
}

interface RevocationRow {
  id: string;
  provider: string;
  kind: "grant" | "token";
  user_id: string | null;
  identity_id: string | null;
  attempts: number;
  access_expires_at: Date | null;
  refresh_until: Date | null;
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
): Promise<ClaimedRevocation | null> {
  const { rows } = await deps.database.query<RevocationRow>({
    text: `UPDATE pending_revocations
      SET lease_until = clock_timestamp() + interval '60 s', attempts = attempts + 1
      WHERE id = (SELECT id FROM pending_revocations
        WHERE state = 'pending' AND next_attempt_at <= now() AND ($1::uuid IS NULL OR id = $1)
          AND (lease_until IS NULL OR lease_until <= clock_timestamp())
        ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, provider, kind, user_id, identity_id, attempts, access_expires_at, refresh_until, access_token, refresh_token,
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
    refreshUntil: row.refresh_until,
    tokens: opened(() => openPair(deps.keyring, place, { access: row.access_token, refresh: row.refresh_token })),
    readAt: row.read_at,
  };
}

/**
 * Keeps the pair that a refresh before the deletion brought, before anything else is done with it.
 * @returns false: another process has claimed the row meanwhile, or it is over
 */
export async function keepRefreshedTokens(
  deps: { database: Queryable; keyring: Keyring },
  revocation: PendingRevocation,
  pair: { tokens: OpenedTokens; accessExpiresIn: number | null },
): Promise<boolean> {
  const place = revocationPlace(revocation.id, revocation.userId, revocation.provider);
  const sealed = sealPair(deps.keyring, place, pair.tokens);
  const { rowCount } = await deps.database.query({
    text: `UPDATE pending_revocations SET access_token = $2, refresh_token = $3, key_id = $4,
        access_expires_at = now() + $5::float8 * interval '1 s'
      WHERE id = $1 AND state = 'pending' AND attempts = $6`,
    values: [
      revocation.id,
      sealed.access,
      sealed.refresh,
      deps.keyring.activeId,
      pair.accessExpiresIn,
      revocation.attempts,
    ],
  });
  return rowCount === 1;
}

export function revocationPlace(rowId: string, userId: string | null, provider: string) {
  return { table: "pending_revocations", rowId, userId: userId ?? "", provider } as const;
}
