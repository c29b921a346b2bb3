import { randomUUID } from "node:crypto";
import type { Keyring } from "../../crypto/keyring.ts";
import type { TokenPair } from "../../grant.ts";
import type { Queryable } from "../database.ts";
import { openLookup } from "../erasure/lookup-keys.ts";
import {
  type Account,
  type AccountRow,
  accountColumns,
  accountPlace,
  refreshMargin,
  sealPair,
  toAccount,
} from "./account.ts";
import { announced } from "./account-changes.ts";
import { secondsToNextLook } from "./due-accounts.ts";
import { hashNames } from "./refresh-token-names.ts";

/** The right of one process to refresh one account for a short time. It admits; `version` fences. */
export interface Lease {
  id: string;
  accountId: string;
  /** The version that was read with the claim: the pair is written only over this one. */
  version: number;
  /** The holder before let it run out: a pair may be in its hands. */
  takenOver: boolean;
}

/**
 * Claims the lease in one conditional UPDATE on the database's clock. Nobody gets it while it is held, during
 * back-off or suspicion, or when the account has moved on from `version`.
 * @param account.leaseId a lease of ours to claim again, before it was used
 * @param seconds how long it lasts
 */
export async function claimLease(
  database: Queryable,
  account: { id: string; version: number; leaseId?: string },
  seconds: number,
): Promise<{ lease: Lease; account: Account } | null> {
  const leaseId = account.leaseId ?? randomUUID();
  const { rows } = await database.query<AccountRow & { taken_over: boolean }>({
    name: "claim-lease",
    text: `WITH before AS (SELECT id, lease_id FROM user_external_accounts WHERE id = $1 FOR UPDATE)
      UPDATE user_external_accounts a
      SET lease_id = $3, lease_until = clock_timestamp() + $4::float8 * interval '1 s'
      FROM before
      WHERE a.id = before.id AND a.version = $2 AND a.state IN ('active', 'limited')
        AND (a.lease_until IS NULL OR a.lease_until <= clock_timestamp() OR a.lease_id = $3)
        AND (a.suspect_until IS NULL OR a.suspect_until <= clock_timestamp())
        AND (a.retry_after IS NULL OR a.retry_after <= clock_timestamp())
      RETURNING ${accountColumns("a")}, (before.lease_id IS NOT NULL AND before.lease_id <> $3) AS taken_over`,
    values: [account.id, account.version, leaseId, seconds],
  });
  const row = rows[0];
  if (!row) return null;
  const lease = { id: leaseId, accountId: account.id, version: row.version, takenOver: row.taken_over };
  return { lease, account: toAccount(row) };
}

/** A pair that came back, and the state that its scopes make; without it they were not named, and nothing changes. */
export type RefreshedPair = TokenPair & {
  state?: "active" | "limited";
  /** Of the refresh token that came, to find the account by; only keyed hashes of them are kept. */
  refreshTokenNames?: readonly string[];
};

/**
 * Writes a pair that came back from the provider over the version that it was made from, whoever holds the lease by
 * now: a rotated pair is the account, and only a reconnect or a disconnect outranks it.
 * @returns whether it was written; false: the account moved on meanwhile
 */
export async function storeRefreshedPair(
  deps: { database: Queryable; keyring: Keyring },
  account: Account,
  pair: RefreshedPair,
): Promise<boolean> {
  const place = accountPlace(account.id, account.userId, account.provider);
  const sealed = sealPair(deps.keyring, place, pair);
  const life = pair.accessExpiresIn;
  const names = pair.refreshTokenNames && hashNames(await openLookup(deps), account.provider, pair.refreshTokenNames);
  const { rowCount } = await deps.database.query({
    name: "store-refreshed-pair",
    text: announced(`UPDATE user_external_accounts
      SET version = version + 1, access_token = $3, refresh_token = $4, key_id = $5,
        access_expires_at = now() + $6::float8 * interval '1 s', refresh_due_at = now() + $7::float8 * interval '1 s',
        refresh_expires_at = now() + $8::float8 * interval '1 s', lease_id = NULL, lease_until = NULL,
        suspect_until = NULL, failure_count = 0, retry_after = NULL, last_refreshed_at = clock_timestamp(), updated_at = now(),
        look_at = now() + $9::float8 * interval '1 s', scopes = coalesce($10::jsonb, scopes),
        state = coalesce($11, state), metadata = coalesce($12::jsonb, metadata),
        refresh_token_names = coalesce($13::bytea[], refresh_token_names)
      WHERE id = $1 AND version = $2 AND state IN ('active', 'limited')`),
    values: [
      account.id,
      account.version,
      sealed.access,
      sealed.refresh,
      deps.keyring.activeId,
      life,
      life === null ? null : life - refreshMargin(life),
      pair.refreshExpiresIn,
      secondsToNextLook(pair.refreshExpiresIn),
      pair.scopes === null ? null : JSON.stringify(pair.scopes),
      pair.state ?? null,
      pair.metadata === undefined ? null : JSON.stringify(pair.metadata),
      names ?? null,
    ],
  });
  return rowCount === 1;
}

/**
 * Ends a lease with the next try put off. Written only while lease and version are still ours. A lease that was taken
 * over leaves its id behind: that the pair may be in somebody's hands stays true until a pair is stored.
 */
export async function backOff(database: Queryable, lease: Lease, seconds: number): Promise<void> {
  await database.query({
    name: "back-off",
    text: announced(`UPDATE user_external_accounts
      SET lease_id = CASE WHEN $5 THEN lease_id END, lease_until = NULL, failure_count = failure_count + 1,
        retry_after = clock_timestamp() + $4::float8 * interval '1 s', updated_at = now()
      WHERE id = $1 AND version = $2 AND lease_id = $3`),
    values: [lease.accountId, lease.version, lease.id, seconds, lease.takenOver],
  });
}

/** Ends a lease that nothing came of; the next caller may claim it at once. */
export async function releaseLease(database: Queryable, lease: Lease): Promise<void> {
  await database.query({
    name: "release-lease",
    text: announced(`UPDATE user_external_accounts
      SET lease_id = CASE WHEN $4 THEN lease_id END, lease_until = NULL
      WHERE id = $1 AND version = $2 AND lease_id = $3`),
    values: [lease.accountId, lease.version, lease.id, lease.takenOver],
  });
}

/** Suspicion: a time in which nobody refreshes, because the process before may still hold the rotated pair. */
export async function suspectAccount(database: Queryable, lease: Lease, seconds: number): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "suspect-account",
    text: announced(`UPDATE user_external_accounts
      SET lease_id = NULL, lease_until = NULL, suspect_until = clock_timestamp() + $4::float8 * interval '1 s',
        updated_at = now()
      WHERE id = $1 AND version = $2 AND lease_id = $3`),
    values: [lease.accountId, lease.version, lease.id, seconds],
  });
  return rowCount === 1;
}

/**
 * Counts a forced refresh, at most one in 10 minutes for an account. One that brought no pair is not counted: it was
 * never sent, or failed, and then back-off, suspicion and the lease hold the next one back. So all who come before it
 * has an outcome are allowed, and share it.
 */
export async function allowForcedRefresh(database: Queryable, account: Account): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "allow-forced-refresh",
    text: `UPDATE user_external_accounts SET forced_refresh_at = clock_timestamp()
      WHERE id = $1 AND version = $2 AND state IN ('active', 'limited')
        AND (forced_refresh_at IS NULL OR forced_refresh_at <= clock_timestamp() - interval '10 minutes'
          OR last_refreshed_at IS NULL OR last_refreshed_at < forced_refresh_at)`,
    values: [account.id, account.version],
  });
  return rowCount === 1;
}
