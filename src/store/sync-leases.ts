import type { Queryable } from "./database.ts";
import type { SyncReason } from "./repositories.ts";

/** A repository that this process syncs now, and nobody else. */
export interface ClaimedRepository {
  id: string;
  leaseId: string;
  provider: string;
  number: number;
  name: string;
  syncedByUserId: string | null;
  /** The user whose authorisation it was synced with was deactivated or erased. */
  syncedByEnded: boolean;
  /** It goes on as them only while they let some bot read it. */
  needsDelegation: boolean;
  reason: SyncReason;
}

interface ClaimedRow {
  id: string;
  lease_id: string;
  provider: string;
  number: string;
  name: string;
  synced_by_user_id: string | null;
  synced_by_ended: boolean;
  needs_delegation: boolean;
  reason: SyncReason;
}

/** Longer than a database may be away without a run being lost; it is renewed every {@link renewalMs}. */
const leaseSeconds = 60;
export const renewalMs = 10_000;

/** Claims repositories that are due and that nobody syncs, those that wait longest first. */
export async function claimDueRepositories(database: Queryable, most: number): Promise<ClaimedRepository[]> {
  const { rows } = await database.query<ClaimedRow>({
    name: "claim-due-repositories",
    text: `WITH due AS (SELECT id, coalesce(wanted_by, 'schedule') AS reason FROM repositories
        WHERE lease_id IS NULL AND next_sync_at <= now() ORDER BY next_sync_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      UPDATE repositories r SET lease_id = gen_random_uuid(), wanted_by = NULL,
        lease_until = clock_timestamp() + $2 * interval '1 s', next_sync_at = now() + every_seconds * interval '1 s'
      FROM due WHERE r.id = due.id
      RETURNING r.id, r.lease_id, r.provider, r.number, r.name, r.synced_by_user_id, r.synced_by_ended, r.needs_delegation,
        due.reason`,
    values: [most, leaseSeconds],
  });
  return rows.map((row) => ({
    id: row.id,
    leaseId: row.lease_id,
    provider: row.provider,
    number: Number(row.number),
    name: row.name,
    syncedByUserId: row.synced_by_user_id,
    syncedByEnded: row.synced_by_ended,
    needsDelegation: row.needs_delegation,
    reason: row.reason,
  }));
}

/**
 * Keeps a repository for longer.
 * @returns null: it was lost, or is registered no more; else with whose authorisation it is to be synced now
 */
export async function renewSyncLease(
  database: Queryable,
  claim: { id: string; leaseId: string },
): Promise<{ syncedByUserId: string | null } | null> {
  const { rows } = await database.query<{ synced_by_user_id: string | null }>({
    name: "renew-sync-lease",
    text: `UPDATE repositories SET lease_until = clock_timestamp() + $3 * interval '1 s'
      WHERE id = $1 AND lease_id = $2 RETURNING synced_by_user_id`,
    values: [claim.id, claim.leaseId, leaseSeconds],
  });
  return rows[0] ? { syncedByUserId: rows[0].synced_by_user_id } : null;
}

/** How a run ended, for whoever decides about the next one. */
export type RunEnd =
  | { kind: "done" }
  /** Nothing changes by itself: the next push, request or turn tries again. */
  | { kind: "failed" }
  /** The next try comes after a minute, doubling to an hour, and not before `afterSeconds`. */
  | { kind: "failed for now"; afterSeconds: number }
  /** This process stops: the next one begins anew at once. */
  | { kind: "handed over" };

/** Lets go of a repository, where the lease is still ours. */
export async function endSyncLease(
  database: Queryable,
  claim: { id: string; leaseId: string },
  end: RunEnd,
): Promise<void> {
  await database.query({
    name: "end-sync-lease",
    text: `UPDATE repositories SET lease_id = NULL, lease_until = NULL,
        failure_count = CASE $3::text WHEN 'done' THEN 0 WHEN 'handed over' THEN failure_count
          ELSE least(failure_count + 1, 100) END,
        wanted_by = CASE WHEN $3 IN ('handed over', 'failed for now') THEN coalesce(wanted_by, 'retry')
          ELSE wanted_by END,
        next_sync_at = CASE $3 WHEN 'handed over' THEN now()
          WHEN 'failed for now' THEN least(next_sync_at, clock_timestamp()
            + greatest($4::float8, least(3600, 60 * 2 ^ least(failure_count, 6))) * interval '1 s')
          ELSE next_sync_at END
      WHERE id = $1 AND lease_id = $2`,
    values: [claim.id, claim.leaseId, end.kind, "afterSeconds" in end ? end.afterSeconds : 0],
  });
}

/**
 * Frees what a process had claimed that is gone by now, and notes its runs as interrupted.
 * @returns the audit events of those runs
 */
export async function freeLostRepositories(database: Queryable): Promise<string[]> {
  const lost = await database.query<{ id: string }>({
    name: "free-lost-repositories",
    text: `UPDATE repositories SET lease_id = NULL, lease_until = NULL, next_sync_at = now(),
        wanted_by = coalesce(wanted_by, 'retry')
      WHERE lease_id IS NOT NULL AND lease_until < now() RETURNING id`,
  });
  if (lost.rows.length === 0) return [];
  const { rows } = await database.query<{ audit_id: string | null }>({
    text: `UPDATE syncs SET result = 'failed', code = 'interrupted', finished_at = now()
      WHERE repository_id = ANY ($1::uuid[]) AND result = 'started' RETURNING audit_id`,
    values: [lost.rows.map(({ id }) => id)],
  });
  return rows.flatMap(({ audit_id }) => audit_id ?? []);
}
