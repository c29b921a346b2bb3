import type { Queryable } from "./database.ts";

/** So often a delivery is asked for; a person can still send it again at GitHub. */
const mostRequests = 10;

/** Which of these are to be asked for, in their order: those that are not stored, and were not asked for too often. */
export async function missingDeliveries(
  database: Queryable,
  sent: { provider: string; deliveryIds: readonly string[] },
): Promise<string[]> {
  const { rows } = await database.query<{ delivery_id: string }>({
    text: `SELECT sent.delivery_id FROM unnest($2::text[]) WITH ORDINALITY AS sent (delivery_id, place)
      LEFT JOIN deliveries d ON d.provider = $1 AND d.delivery_id = sent.delivery_id
      LEFT JOIN requested_deliveries r ON r.provider = $1 AND r.delivery_id = sent.delivery_id
      WHERE d.id IS NULL AND (r.times IS NULL OR r.times < $3) ORDER BY place`,
    values: [sent.provider, sent.deliveryIds, mostRequests],
  });
  return rows.map((row) => row.delivery_id);
}

/** Counts a request that is about to be made. */
export async function noteDeliveryRequest(
  database: Queryable,
  delivery: { provider: string; deliveryId: string },
): Promise<void> {
  await database.query({
    name: "note-delivery-request",
    text: `INSERT INTO requested_deliveries AS r (provider, delivery_id) VALUES ($1, $2)
      ON CONFLICT (provider, delivery_id) DO UPDATE SET times = r.times + 1, last_at = now()`,
    values: [delivery.provider, delivery.deliveryId],
  });
}

/** Forgets those that GitHub keeps no longer itself. */
export async function removeOldRequests(database: Queryable): Promise<void> {
  await database.query({ text: "DELETE FROM requested_deliveries WHERE last_at < now() - interval '4 days'" });
}
