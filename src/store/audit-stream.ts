import type { Queryable } from "./database.ts";

/** An event that its receiver lacks, or has as it was before. */
export interface UnsentAudit {
  id: string;
  /** How often it has changed since it was queued. */
  changes: number;
}

/** From now on events are queued for a receiver, or are not: also those of commands and of other replicas. */
export async function setAuditStreamed(database: Queryable, wanted: boolean): Promise<void> {
  await database.query({
    text: wanted ? "INSERT INTO audit_receivers DEFAULT VALUES ON CONFLICT DO NOTHING" : "DELETE FROM audit_receivers",
  });
}

/**
 * Events may still come whose ids are smaller than those that are here, from transactions that began before. They are
 * waited for, but not longer than this, so that one that takes long delays nobody's events; then they come later.
 */
const inOrder = `due_at <= clock_timestamp() AND (written_by < pg_snapshot_xmin(pg_current_snapshot())
  OR due_at <= clock_timestamp() - interval '2 s')`;

/** Whether there is something to send. The table holds little else than what is due, so that no index would help. */
export async function auditIsDue(database: Queryable): Promise<boolean> {
  const { rows } = await database.query<{ due: boolean }>({
    name: "audit-is-due",
    text: `SELECT EXISTS (SELECT 1 FROM audit_unsent WHERE ${inOrder}) AS due`,
  });
  return rows[0]?.due ?? false;
}

/** What is to be sent next, by id. */
export async function readUnsentAudit(database: Queryable, limit: number): Promise<UnsentAudit[]> {
  const { rows } = await database.query<{ event_id: string; changes: number }>({
    name: "read-unsent-audit",
    text: `SELECT event_id, changes FROM audit_unsent WHERE ${inOrder} ORDER BY event_id LIMIT $1`,
    values: [limit],
  });
  return rows.map((row) => ({ id: row.event_id, changes: row.changes }));
}

/**
 * The receiver has these. What has changed meanwhile stays, and so does what is being changed: whoever acts must not
 * wait for this.
 */
export async function noteAuditSent(database: Queryable, sent: readonly UnsentAudit[]): Promise<void> {
  await database.query({
    name: "note-audit-sent",
    text: `DELETE FROM audit_unsent WHERE event_id IN (SELECT u.event_id FROM audit_unsent u
      JOIN unnest($1::bigint[], $2::int[]) AS s (id, changes) ON u.event_id = s.id AND u.changes = s.changes
      WHERE u.event_id = ANY ($1) FOR UPDATE OF u SKIP LOCKED)`,
    values: [sent.map(({ id }) => id), sent.map(({ changes }) => changes)],
  });
}

/**
 * Forgets audit events that are older than so many days, some at a time. What their receiver still lacks is kept.
 * @returns how many
 */
export async function removeOldAudit(
  database: Queryable,
  { days, most }: { days: number; most: number },
): Promise<number> {
  const { rowCount } = await database.query({
    name: "remove-old-audit",
    text: `DELETE FROM audit_events WHERE id = ANY (ARRAY(SELECT e.id FROM audit_events e
      WHERE e.at < now() - $1 * interval '1 day' AND NOT EXISTS (SELECT 1 FROM audit_unsent u
        WHERE u.event_id = e.id AND EXISTS (SELECT 1 FROM audit_receivers WHERE sole)) ORDER BY e.at LIMIT $2))`,
    values: [days, most],
  });
  return rowCount ?? 0;
}
