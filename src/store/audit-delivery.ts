import type { AuditEvent } from "./audit.ts";
import type { Queryable } from "./database.ts";

/** What a delivery told, and nothing here brought about. */
export type DeliveryEvent = Pick<AuditEvent, "action" | "userId" | "identityId" | "detail"> & {
  provider: string;
  deliveryId: string;
};

/**
 * Writes an event that a delivery told of, once, however often it is handled.
 * @returns whether it was new
 */
export async function writeDeliveryAudit(database: Queryable, event: DeliveryEvent): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "write-delivery-audit",
    text: `INSERT INTO audit_events (action, actor, result, user_id, identity_id, provider, delivery_id, detail,
        completed_at)
      VALUES ($1, 'provider', 'succeeded', $2, $3, $4, $5, $6, now())
      ON CONFLICT (provider, delivery_id) WHERE delivery_id IS NOT NULL DO NOTHING`,
    values: [
      event.action,
      event.userId ?? null,
      event.identityId ?? null,
      event.provider,
      event.deliveryId,
      JSON.stringify(event.detail ?? {}),
    ],
  });
  return rowCount === 1;
}
