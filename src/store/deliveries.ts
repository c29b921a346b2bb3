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
export interface ClaimedDelivery {
  id: string;
  provider: string;
  deliveryId: string;
  event: string;
  sealedPayload: Buffer;
  /** How often it was claimed, with this time: whoever claims it later has another number. */
  attempts: number;
}

/** They are opened and parsed all at once, and one may have 25 MB: so many are claimed that they begin below this. */
const mostBytes = 32 * 1024 * 1024;
/** After this many tries, about an hour, it is parked as failed. */
const mostAttempts = 12;

/** Whether a delivery came before: a handled one is remembered for 4 days. */
export async function isKnownDelivery(
  database: Queryable,
  { provider, deliveryId }: { provider: string; deliveryId: string },
): Promise<boolean> {
  const { rows } = await database.query({
    text: "SELECT 1 FROM deliveries WHERE provider = $1 AND delivery_id = $2",
    values: [provider, deliveryId],
  });
  return rows.length > 0;
}

/**
 * Stores deliveries in one statement. One that is known changes nothing, unless it was parked as failed: whoever sends
 * it again wants it tried again.
 * @param deliveries no two with the same id
 */
export async function storeDeliveries(
  deps: { database: Queryable; keyring: Keyring },
  deliveries: readonly NewDelivery[],
): Promise<void> {
  const sealed = deliveries.map((delivery) => {
    const id = randomUUID();
    return { ...delivery, id, payload: seal(deps.keyring, placeOf({ ...delivery, id }), delivery.payload) };
  });
  await deps.database.query({
    name: "store-deliveries",
    // In the same order everywhere: two statements with the same repeats would wait for each other else.
    // The payloads come as one value and their lengths: an array of them would go as text, twice as long.
    text: `INSERT INTO deliveries AS d (id, provider, delivery_id, event, payload, key_id)
      SELECT id, provider, delivery_id, event, substring($6::bytea FROM 1 + ends - bytes FOR bytes), $7
      FROM (SELECT *, (sum(bytes) OVER (ORDER BY place))::integer AS ends
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[]) WITH ORDINALITY
          AS each (id, provider, delivery_id, event, bytes, place)) AS sent
      ORDER BY provider, delivery_id
      ON CONFLICT (provider, delivery_id) DO UPDATE SET id = excluded.id, payload = excluded.payload,
        key_id = excluded.key_id, event = excluded.event, state = 'received', attempts = 0, next_attempt_at = now(),
        last_error = NULL, settled_at = NULL
      WHERE d.state = 'failed'`,
    values: [
      sealed.map(({ id }) => id),
      sealed.map(({ provider }) => provider),
      sealed.map(({ deliveryId }) => deliveryId),
      sealed.map(({ event }) => event),
      sealed.map(({ payload }) => payload.length),
      Buffer.concat(sealed.map(({ payload }) => payload)),
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
  state: "received" | "failed";
}

/**
 * Claims those that are due, for a minute: when this process dies, another one handles them then. One that was claimed
 * so often and never came to an end, as when it kills whoever handles it, is parked.
 */
export async function claimDeliveries(
  database: Queryable,
  most: number,
): Promise<{ claimed: ClaimedDelivery[]; parked: ClaimedDelivery[] }> {
  const { rows } = await database.query<DeliveryRow>({
    name: "claim-deliveries",
    text: `UPDATE deliveries SET attempts = least(attempts + 1, $2),
        next_attempt_at = clock_timestamp() + interval '60 s',
        state = CASE WHEN attempts >= $2 THEN 'failed' ELSE 'received' END,
        settled_at = CASE WHEN attempts >= $2 THEN now() END,
        last_error = CASE WHEN attempts >= $2 THEN 'interrupted' ELSE last_error END
      WHERE id IN (SELECT id FROM
        (SELECT id, sum(bytes) OVER (ORDER BY next_attempt_at, id) - bytes AS before FROM
          (SELECT id, next_attempt_at, octet_length(payload) AS bytes FROM deliveries
            WHERE state = 'received' AND next_attempt_at <= now()
            ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED) AS due) AS summed
        WHERE before < $3)
      RETURNING id, provider, delivery_id, event, payload, attempts, state`,
    values: [most, mostAttempts, mostBytes],
  });
  const { received = [], failed = [] } = Object.groupBy(rows, ({ state }) => state);
  return { claimed: received.map(toClaimed), parked: failed.map(toClaimed) };
}

/** What a delivery says. @throws Problem `cannot_unseal` */
export function openDelivery(
  keyring: Keyring,
  delivery: { id: string; provider: string; sealedPayload: Buffer },
): string {
  return open(keyring, placeOf(delivery), delivery.sealedPayload);
}

/** Handled: what they said is forgotten. */
export async function settleDeliveries(database: Queryable, ids: readonly string[]): Promise<void> {
  await database.query({
    name: "settle-deliveries",
    // Locked in the same order everywhere: who handled some of them twice would wait for each other else.
    text: `UPDATE deliveries SET state = 'handled', payload = NULL, key_id = NULL, last_error = NULL,
        settled_at = now()
      WHERE id IN (SELECT id FROM deliveries WHERE id = ANY ($1::uuid[]) AND settled_at IS NULL
        ORDER BY id FOR UPDATE)`,
    values: [ids],
  });
}

/**
 * A handler failed: the next try comes after 5 s, doubling to 10 minutes; after the last one it is parked. Nothing
 * happens when another process has claimed it meanwhile.
 * @param why nothing personal
 * @returns whether it was parked
 */
export async function postponeDelivery(
  database: Queryable,
  delivery: { id: string; attempts: number },
  why: string,
): Promise<boolean> {
  const { rows } = await database.query<{ state: string }>({
    name: "postpone-delivery",
    text: `UPDATE deliveries SET last_error = $2,
        state = CASE WHEN attempts >= $3 THEN 'failed' ELSE 'received' END,
        settled_at = CASE WHEN attempts >= $3 THEN now() END,
        next_attempt_at = clock_timestamp() + least(600, 5 * 2 ^ least(attempts - 1, 7)) * interval '1 s'
      WHERE id = $1 AND settled_at IS NULL AND attempts = $4 RETURNING state`,
    values: [delivery.id, why, mostAttempts, delivery.attempts],
  });
  return rows[0]?.state === "failed";
}

/**
 * This process stops before it has handled these: whoever comes next takes them at once, instead of when the claim ends.
 * What another process has claimed meanwhile stays with it.
 */
export async function handOverDeliveries(
  database: Queryable,
  deliveries: readonly { id: string; attempts: number }[],
): Promise<void> {
  await database.query({
    name: "hand-over-deliveries",
    text: `UPDATE deliveries d SET next_attempt_at = now()
      FROM unnest($1::uuid[], $2::int[]) AS ours (id, attempts)
      WHERE d.id = ours.id AND d.attempts = ours.attempts AND d.settled_at IS NULL`,
    values: [deliveries.map(({ id }) => id), deliveries.map(({ attempts }) => attempts)],
  });
}

/**
 * Forgets handled deliveries after four days, one more than GitHub keeps them, and failed ones after so many.
 * @returns how many
 */
export async function removeOldDeliveries(
  database: Queryable,
  { days, most }: { days: number; most: number },
): Promise<number> {
  const { rowCount } = await database.query({
    name: "remove-old-deliveries",
    text: `DELETE FROM deliveries WHERE id = ANY (ARRAY(SELECT id FROM deliveries
      WHERE (state = 'handled' AND settled_at < now() - interval '4 days')
        OR (state = 'failed' AND settled_at < now() - $1 * interval '1 day') LIMIT $2))`,
    values: [days, most],
  });
  return rowCount ?? 0;
}

function toClaimed(row: DeliveryRow): ClaimedDelivery {
  return {
    id: row.id,
    provider: row.provider,
    deliveryId: row.delivery_id,
    event: row.event,
    sealedPayload: row.payload,
    attempts: row.attempts,
  };
}

function placeOf(row: { id: string; provider: string }): SealContext {
  return { table: "deliveries", column: "payload", rowId: row.id, userId: "", provider: row.provider };
}
