import type { Queryable } from "./database.ts";

/** A delivery that waits or was parked, as an admin sees it: nothing of what it says is among it. */
export interface ListedDelivery {
  id: string;
  provider: string;
  /** The sender's own id. */
  deliveryId: string;
  event: string;
  attempts: number;
  lastError: string | null;
  receivedAt: Date;
  nextAttemptAt: Date;
  /** Where the next page goes on. */
  cursor: string;
}

interface ListedRow {
  id: string;
  provider: string;
  delivery_id: string;
  event: string;
  attempts: number;
  last_error: string | null;
  received_at: Date;
  next_attempt_at: Date;
  cursor: string;
}

/** How {@link ListedDelivery.cursor} looks: microseconds since 1970, id. */
export const deliveryCursor = /^(\d{1,16})~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * A page of deliveries: of those that failed the latest first, of those that wait the one that is tried next first.
 * Each in the order of an index that writing them keeps anyway.
 */
export async function listDeliveries(
  database: Queryable,
  page: { state: "failed" | "received"; after: string | null; limit: number },
): Promise<ListedDelivery[]> {
  const [, microseconds, id] = deliveryCursor.exec(page.after ?? "") ?? [];
  const failed = page.state === "failed";
  const at = failed ? "d.settled_at" : "d.next_attempt_at";
  const order = failed ? "DESC" : "ASC";
  const { rows } = await database.query<ListedRow>({
    text: `SELECT d.id, d.provider, d.delivery_id, d.event, d.attempts, d.last_error, d.received_at, d.next_attempt_at,
        concat_ws('~', (extract(epoch FROM ${at}) * 1000000)::bigint, d.id) AS cursor
      FROM deliveries d WHERE d.state = '${failed ? "failed" : "received"}'
        ${id ? `AND (${at}, d.id) ${failed ? "<" : ">"} ('epoch'::timestamptz + $2::float8 * interval '1 us', $3::uuid)` : ""}
      ORDER BY ${at} ${order}, d.id ${order} LIMIT $1`,
    values: [page.limit, ...(id ? [microseconds, id] : [])],
  });
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    deliveryId: row.delivery_id,
    event: row.event,
    attempts: row.attempts,
    lastError: row.last_error,
    receivedAt: row.received_at,
    nextAttemptAt: row.next_attempt_at,
    cursor: row.cursor,
  }));
}

/**
 * Has one that was parked handled again.
 * @returns null: it is not parked
 */
export async function retryDelivery(
  database: Queryable,
  id: string,
): Promise<{ provider: string; deliveryId: string; event: string } | null> {
  const { rows } = await database.query<{ provider: string; delivery_id: string; event: string }>({
    text: `UPDATE deliveries SET state = 'received', attempts = 0, next_attempt_at = now(), settled_at = NULL
      WHERE id = $1 AND state = 'failed' RETURNING provider, delivery_id, event`,
    values: [id],
  });
  const [row] = rows;
  return row ? { provider: row.provider, deliveryId: row.delivery_id, event: row.event } : null;
}
