import type { Queryable } from "./database.ts";
import type { SyncReason } from "./repositories.ts";

/** A repository of which a mirror is kept, as an admin sees it. */
export interface ListedRepository {
  id: string;
  provider: string;
  number: number;
  name: string;
  /** As whom it is synced: null is the app. */
  syncedBy: { userId: string; login: string | null; externalId: string | null } | null;
  /** Its user was deactivated or erased, and the app took over. */
  syncedByEnded: boolean;
  everySeconds: number | null;
  nextSyncAt: Date | null;
  /** Some replica syncs it now. */
  running: boolean;
  last: { result: "started" | "succeeded" | "failed"; code: string | null; at: Date; reason: SyncReason } | null;
}

interface ListedRow {
  id: string;
  provider: string;
  number: string;
  name: string;
  synced_by_user_id: string | null;
  synced_by_ended: boolean;
  login: string | null;
  external_id: string | null;
  every_seconds: number | null;
  next_sync_at: Date | null;
  running: boolean;
  last_result: "started" | "succeeded" | "failed" | null;
  last_code: string | null;
  last_at: Date | null;
  last_reason: SyncReason | null;
}

function statement(which: string): string {
  return `SELECT r.id, r.provider, r.number, r.name, r.synced_by_user_id, r.synced_by_ended, r.every_seconds, r.next_sync_at,
      coalesce(r.lease_until > clock_timestamp(), false) AS running, u.external_id,
      (SELECT i.login FROM identities i WHERE i.user_id = r.synced_by_user_id AND i.provider = r.provider
        ORDER BY i.updated_at DESC, i.id LIMIT 1) AS login,
      l.result AS last_result, l.code AS last_code, l.started_at AS last_at, l.reason AS last_reason
    FROM (${which}) r
    LEFT JOIN users u ON u.id = r.synced_by_user_id
    LEFT JOIN LATERAL (SELECT s.result, s.code, s.started_at, s.reason FROM syncs s WHERE s.repository_id = r.id
      ORDER BY s.started_at DESC, s.id DESC LIMIT 1) l ON true
    ORDER BY r.created_at, r.id`;
}

/** A page of the repositories, in the order in which they were registered, each with its last run. */
export async function listRepositoriesWithRuns(
  database: Queryable,
  page: { after: string | null; limit: number },
): Promise<ListedRepository[]> {
  const after = "WHERE (r.created_at, r.id) > (SELECT p.created_at, p.id FROM repositories p WHERE p.id = $2)";
  const { rows } = await database.query<ListedRow>({
    text: statement(`SELECT * FROM repositories r ${page.after ? after : ""} ORDER BY r.created_at, r.id LIMIT $1`),
    values: [page.limit, ...(page.after ? [page.after] : [])],
  });
  return rows.map(toListed);
}

/** One of them. */
export async function readListedRepository(database: Queryable, id: string): Promise<ListedRepository | null> {
  const { rows } = await database.query<ListedRow>({
    text: statement("SELECT * FROM repositories WHERE id = $1"),
    values: [id],
  });
  return rows[0] ? toListed(rows[0]) : null;
}

function toListed(row: ListedRow): ListedRepository {
  const { last_result: result, last_at: at, last_reason: reason } = row;
  return {
    id: row.id,
    provider: row.provider,
    number: Number(row.number),
    name: row.name,
    syncedBy: row.synced_by_user_id
      ? { userId: row.synced_by_user_id, login: row.login, externalId: row.external_id }
      : null,
    syncedByEnded: row.synced_by_ended,
    everySeconds: row.every_seconds,
    nextSyncAt: row.next_sync_at,
    running: row.running,
    last: result && at && reason ? { result, at, reason, code: row.last_code } : null,
  };
}
