import { channel } from "../accounts/account-changes.ts";
import type { Queryable } from "../database.ts";
import { type EventType, eventsDue } from "./events.ts";

/** An event that the receiver does not have yet, or refused too often. */
export interface UnsentEvent {
  id: string;
  type: EventType;
  userId: string;
  state: "waiting" | "failed";
  attempts: number;
  lastError: string | null;
  occurredAt: Date;
  /** Null once it has failed. */
  nextAttemptAt: Date | null;
}

interface UnsentRow {
  id: string;
  type: EventType;
  user_id: string;
  state: "waiting" | "failed";
  attempts: number;
  last_error: string | null;
  occurred_at: Date;
  next_attempt_at: Date | null;
}

/** Lists what has failed or waits, the oldest first. */
export async function listUnsent(database: Queryable, limit: number): Promise<UnsentEvent[]> {
  const { rows } = await database.query<UnsentRow>({
    text: `SELECT id, type, user_id, CASE WHEN failed_at IS NULL THEN 'waiting' ELSE 'failed' END AS state, attempts,
        last_error, occurred_at, CASE WHEN failed_at IS NULL THEN next_attempt_at END AS next_attempt_at
      FROM events ORDER BY sequence LIMIT $1`,
    values: [limit],
  });
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    userId: row.user_id,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error,
    occurredAt: row.occurred_at,
    nextAttemptAt: row.next_attempt_at,
  }));
}

/** One that waits or has failed, with where the next page goes on. */
export interface ListedEvent extends UnsentEvent {
  provider: string;
  /** The platform's id of the user, as it was told. */
  externalId: string | null;
  sequence: string;
}

/** A page of those that wait, or of those that have failed, the oldest first. */
export async function listUnsentPage(
  database: Queryable,
  page: { state: UnsentEvent["state"]; after: string | null; limit: number },
): Promise<ListedEvent[]> {
  const { rows } = await database.query<UnsentRow & { provider: string; external_id: string | null; sequence: string }>(
    {
      text: `SELECT e.id, e.type, e.user_id, e.external_id, e.provider, e.sequence, e.attempts, e.last_error, e.occurred_at,
        CASE WHEN e.failed_at IS NULL THEN 'waiting' ELSE 'failed' END AS state,
        CASE WHEN e.failed_at IS NULL THEN e.next_attempt_at END AS next_attempt_at
      FROM events e WHERE e.failed_at IS ${page.state === "failed" ? "NOT NULL" : "NULL"} AND e.sequence > $1
      ORDER BY e.sequence LIMIT $2`,
      values: [page.after ?? "0", page.limit],
    },
  );
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    userId: row.user_id,
    externalId: row.external_id,
    provider: row.provider,
    sequence: row.sequence,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error,
    occurredAt: row.occurred_at,
    nextAttemptAt: row.next_attempt_at,
  }));
}

/**
 * Has events sent again that have failed, and those that wait for their next try sent at once.
 * @param id the event's; null: all of them
 * @returns how many there were
 */
export async function retryEvents(database: Queryable, id: string | null): Promise<number> {
  const { rowCount } = await database.query({
    text: `WITH retried AS (
        UPDATE events SET failed_at = NULL, attempts = CASE WHEN failed_at IS NULL THEN attempts ELSE 0 END,
          next_attempt_at = now()
        WHERE $1::uuid IS NULL OR id = $1 RETURNING id)
      SELECT pg_notify('${channel}', '${eventsDue}') FROM retried`,
    values: [id],
  });
  return rowCount ?? 0;
}
