import { randomUUID } from "node:crypto";
import type { Keyring } from "../crypto/keyring.ts";
import { open, type SealContext, seal } from "../crypto/seal.ts";
import type { Queryable } from "./database.ts";

/** One webhook as it came in. */
export interface NewDelivery {
  provider: string;
  /** The sender's own id, which it keeps when it sends again. */
  deliveryId: string;
  event: string;
  payload: string;
}

/** One that is to be handled now. */
export interface ClaimedDelivery extends NewDelivery {
  id: string;
  attempts: number;
}

/** After this many tries, about an hour, it is parked as failed. */
const mostAttempts = 12;

/**
 * Stores deliveries in one statement. One that is known changes nothing, unless it was parked as failed: whoever sends
 * it again wants it tried again.
 */
export async function storeDeliveries(
  deps: { database: Queryable; keyring: Keyring },
  deliveries: readonly NewDelivery[],
): Promise<void> {
  const sealed = deliveries.map((delivery) => {
    const id = randomUUID();
    return { ...delivery, id, payload: seal(deps.keyring, placeOf(id, delivery.provider), delivery.payload) };
  });
  await deps.database.query({
    name: "store-deliveries",
    text: `INSERT INTO deliveries AS d (id, provider, delivery_id, event, payload, key_id)
      SELECT id, provider, delivery_id, event, payload, $6
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[])
        AS sent (id, provider, delivery_id, event, payload)
      ON CONFLICT (provider, delivery_id) DO UPDATE SET id = excluded.id, payload = excluded.payload,
        key_id = excluded.key_id, state = 'received', attempts = 0, next_attempt_at = now(), settled_at = NULL
      WHERE d.state = 'failed'`,
    values: [
      sealed.map(({ id }) => id),
      sealed.map(({ provider }) => provider),
      sealed.map(({ deliveryId }) => deliveryId),
      sealed.map(({ event }) => event),
      sealed.map(({ payload }) => payload),
      deps.keyring.activeId,
    ],
  });
}

interface DeliveryRow {
  id: string;
  provider: string;
  delivery_id: string;
  event: string;
  payload: Buffer;
  attempts: number;
}

/** Claims those that are due, for a minute: when this process dies, another one handles them then. */
export async function claimDeliveries(
  deps: { database: Queryable; keyring: Keyring },
  most: number,
): Promise<ClaimedDelivery[]> {
  const { rows } = await deps.database.query<DeliveryRow>({
    name: "claim-deliveries",
    text: `UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + interval '60 s'
      WHERE id IN (SELECT id FROM deliveries WHERE state = 'received' AND next_attempt_at <= clock_timestamp()
        ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING id, provider, delivery_id, event, payload, attempts`,
    values: [most],
  });
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    deliveryId: row.delivery_id,
    event: row.event,
    payload: open(deps.keyring, placeOf(row.id, row.provider), row.payload),
    attempts: row.attempts,
  }));
}

/** Handled: what it said is forgotten. */
export async function settleDelivery(database: Queryable, id: string): Promise<void> {
  await database.query({
    name: "settle-delivery",
    text: `UPDATE deliveries SET state = 'handled', payload = NULL, key_id = NULL, last_error = NULL,
        settled_at = now() WHERE id = $1`,
    values: [id],
  });
}

/**
 * A handler failed: the next try comes after 5 s, doubling to 10 minutes; after the last one it is parked.
 * @returns whether it was parked
 */
export async function postponeDelivery(database: Queryable, id: string, why: string): Promise<boolean> {
  const { rows } = await database.query<{ state: string }>({
    name: "postpone-delivery",
    text: `UPDATE deliveries SET last_error = $2,
        state = CASE WHEN attempts >= $3 THEN 'failed' ELSE 'received' END,
        settled_at = CASE WHEN attempts >= $3 THEN now() END,
        next_attempt_at = clock_timestamp() + least(600, 5 * 2 ^ least(attempts - 1, 7)) * interval '1 s'
      WHERE id = $1 RETURNING state`,
    values: [id, why, mostAttempts],
  });
  return rows[0]?.state === "failed";
}

/** Which of these are stored, so that nobody asks for them again. */
export async function knownDeliveries(
  database: Queryable,
  sent: { provider: string; deliveryIds: readonly string[] },
): Promise<Set<string>> {
  const { rows } = await database.query<{ delivery_id: string }>({
    text: "SELECT delivery_id FROM deliveries WHERE provider = $1 AND delivery_id = ANY ($2) AND state <> 'failed'",
    values: [sent.provider, sent.deliveryIds],
  });
  return new Set(rows.map((row) => row.delivery_id));
}

/** Forgets handled deliveries after four days, one more than GitHub keeps them, and failed ones after seven. */
export async function removeOldDeliveries(database: Queryable): Promise<void> {
  await database.query({
    text: `DELETE FROM deliveries WHERE state <> 'received'
      AND settled_at < now() - CASE state WHEN 'failed' THEN interval '7 days' ELSE interval '4 days' END`,
  });
}

function placeOf(rowId: string, provider: string): SealContext {
  return { table: "deliveries", column: "payload", rowId, userId: "", provider };
}
