import type { Queryable } from "./database.ts";

/** A delivery that is not handled yet, or was parked, without what it says. */
export interface UnhandledDelivery {
  /** The sender's own id. */
  deliveryId: string;
  event: string;
  state: "received" | "failed";
  attempts: number;
  lastError: string | null;
  receivedAt: Date;
  /** Null once it is parked. */
  nextAttemptAt: Date | null;
}

interface UnhandledRow {
  delivery_id: string;
  event: string;
  state: "received" | "failed";
  attempts: number;
  last_error: string | null;
  received_at: Date;
  next_attempt_at: Date | null;
}

/** Lists what is parked or waits, the oldest first. */
export async function listUnhandled(database: Queryable, limit: number): Promise<UnhandledDelivery[]> {
  const { rows } = await database.query<UnhandledRow>({
    text: `SELECT delivery_id, event, state, attempts, last_error, received_at,
        CASE state WHEN 'received' THEN next_attempt_at END AS next_attempt_at
      FROM deliveries WHERE state IN ('received', 'failed') ORDER BY received_at LIMIT $1`,
    values: [limit],
  });
  return rows.map((row) => ({
    deliveryId: row.delivery_id,
    event: row.event,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error,
    receivedAt: row.received_at,
    nextAttemptAt: row.next_attempt_at,
  }));
}

/**
 * Has parked deliveries handled again.
 * @param deliveryId the sender's own id; null: all of them
 * @returns how many there were
 */
export async function retryParked(database: Queryable, deliveryId: string | null): Promise<number> {
  const { rowCount } = await database.query({
    text: `UPDATE deliveries SET state = 'received', attempts = 0, next_attempt_at = now(), settled_at = NULL
      WHERE state = 'failed' AND ($1::text IS NULL OR delivery_id = $1)`,
    values: [deliveryId],
  });
  return rowCount ?? 0;
}
