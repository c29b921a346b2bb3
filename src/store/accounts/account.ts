import type { Keyring } from "../../crypto/keyring.ts";
import { open, seal } from "../../crypto/seal.ts";
import { Problem } from "../../errors.ts";
import type { DecidedBy } from "../audit.ts";
import { type HeldAccount, type HeldRow, heldColumns, toHeldAccount } from "./held-account.ts";

export type RevocationReason = "user_revoked" | "refresh_failed" | "admin" | "provider_event";

/** Whose decision the end of an account is. */
export type EndedBy = DecidedBy["actor"] | "provider";

/** An account as the store hands it out: its tokens are opened only on demand, by {@link openTokens}. */
export interface Account extends HeldAccount {
  sealedRefreshToken: Buffer | null;
  accessExpiresAt: Date | null;
  /** When the access token counts as stale: its expiry less the margin. Null: it never expires. */
  refreshDueAt: Date | null;
  refreshExpiresAt: Date | null;
  scopes: string[];
  suspectUntil: Date | null;
  forcedRefreshAt: Date | null;
  retryAfter: Date | null;
  failureCount: number;
  leaseHeld: boolean;
  connectedAt: Date;
  lastRefreshedAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  revocationReason: RevocationReason | null;
  /** The database's clock when the row was read: the only clock that expiry and leases are compared with. */
  readAt: Date;
}

export interface OpenedTokens {
  accessToken: string;
  refreshToken: string | null;
}

/** The columns of an {@link Account}, for every statement that reads one. `prefix` is the table's name or alias. */
export function accountColumns(prefix: string): string {
  return `${heldColumns(prefix)}, ${prefix}.refresh_token,
    ${prefix}.access_expires_at, ${prefix}.refresh_due_at, ${prefix}.refresh_expires_at, ${prefix}.scopes,
    ${prefix}.suspect_until, ${prefix}.forced_refresh_at, ${prefix}.retry_after, ${prefix}.failure_count,
    coalesce(${prefix}.lease_until > clock_timestamp(), false) AS lease_held, ${prefix}.connected_at,
    ${prefix}.last_refreshed_at, ${prefix}.last_used_at, ${prefix}.revoked_at, ${prefix}.revocation_reason, clock_timestamp() AS read_at`;
}

export interface AccountRow extends HeldRow {
  refresh_token: Buffer | null;
  access_expires_at: Date | null;
  refresh_due_at: Date | null;
  refresh_expires_at: Date | null;
  scopes: string[];
  suspect_until: Date | null;
  forced_refresh_at: Date | null;
  retry_after: Date | null;
  failure_count: number;
  lease_held: boolean;
  connected_at: Date;
  last_refreshed_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
  revocation_reason: RevocationReason | null;
  read_at: Date;
}

export function toAccount(row: AccountRow): Account {
  return {
    ...toHeldAccount(row),
    sealedRefreshToken: row.refresh_token,
    accessExpiresAt: row.access_expires_at,
    refreshDueAt: row.refresh_due_at,
    refreshExpiresAt: row.refresh_expires_at,
    scopes: row.scopes,
    suspectUntil: row.suspect_until,
    forcedRefreshAt: row.forced_refresh_at,
    retryAfter: row.retry_after,
    failureCount: row.failure_count,
    leaseHeld: row.lease_held,
    connectedAt: row.connected_at,
    lastRefreshedAt: row.last_refreshed_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    revocationReason: row.revocation_reason,
    readAt: row.read_at,
  };
}

export interface SealedPair {
  access: Buffer;
  refresh: Buffer | null;
}

/** Where a pair of tokens belongs. The tables that hold pairs seal in one way. */
export interface TokenPlace {
  table: "user_external_accounts" | "pending_revocations" | "pending_connects";
  rowId: string;
  userId: string;
  provider: string;
}

export function sealPair(
  keyring: Keyring,
  place: TokenPlace,
  tokens: { accessToken: string; refreshToken: string | null },
): SealedPair {
  return {
    access: seal(keyring, { ...place, column: "access_token" }, tokens.accessToken),
    refresh:
      tokens.refreshToken === null ? null : seal(keyring, { ...place, column: "refresh_token" }, tokens.refreshToken),
  };
}

export function openPair(keyring: Keyring, place: TokenPlace, sealed: SealedPair): OpenedTokens {
  return {
    accessToken: open(keyring, { ...place, column: "access_token" }, sealed.access),
    refreshToken: sealed.refresh && open(keyring, { ...place, column: "refresh_token" }, sealed.refresh),
  };
}

/**
 * Opens an account's tokens.
 * @returns null for an account that holds none (revoked)
 * @throws Problem `cannot_unseal`
 */
export function openTokens(keyring: Keyring, account: Account): OpenedTokens | null {
  if (!account.sealedAccessToken) return null;
  const place = accountPlace(account.id, account.userId, account.provider);
  return openPair(keyring, place, { access: account.sealedAccessToken, refresh: account.sealedRefreshToken });
}

/**
 * Opens an account's access token, and leaves the other one sealed.
 * @returns null for an account that holds none (revoked)
 * @throws Problem `cannot_unseal`
 */
export function openAccessToken(keyring: Keyring, account: HeldAccount): string | null {
  const { id, userId, provider, sealedAccessToken } = account;
  if (!sealedAccessToken) return null;
  return open(keyring, { ...accountPlace(id, userId, provider), column: "access_token" }, sealedAccessToken);
}

/** Whether that access token, which this process has just received, is the account's now. */
export function holdsToken(keyring: Keyring, account: Account, accessToken: string): boolean {
  try {
    return openAccessToken(keyring, account) === accessToken;
  } catch (error) {
    // What doesn't open was not sealed just now.
    if (error instanceof Problem && error.code === "cannot_unseal") return false;
    throw error;
  }
}

export function accountPlace(rowId: string, userId: string, provider: string): TokenPlace {
  return { table: "user_external_accounts", rowId, userId, provider };
}

/** Seconds before expiry at which a token is renewed: 5 minutes, or a third of a shorter life (contract, Times). */
export function refreshMargin(lifeSeconds: number): number {
  return Math.min(300, lifeSeconds / 3);
}
