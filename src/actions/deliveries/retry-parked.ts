import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { retryDelivery } from "../../store/list-deliveries.ts";
import { retryParked as retryStored } from "../../store/unhandled-deliveries.ts";

/**
 * Has a delivery that was parked handled again, or all of them.
 * @param request.id null: all
 * @returns how many there were
 * @throws Problem `not_found` for one that is not parked
 */
export async function retryParked(
  deps: { database: Database },
  request: { id: string | null; by: DecidedBy },
): Promise<number> {
  const { id, by } = request;
  return deps.database.transaction(async (transaction) => {
    if (id === null) {
      const count = await retryStored(transaction, null);
      if (count > 0) await writeAudit(transaction, { action: "delivery.retry", ...by, detail: { count } });
      return count;
    }
    const delivery = await retryDelivery(transaction, id);
    if (!delivery) throw new Problem("not_found", "No delivery of that id is parked: it was handled, or is tried.");
    const { provider, deliveryId, event } = delivery;
    await writeAudit(transaction, {
      action: "delivery.retry",
      ...by,
      provider,
      detail: { delivery: deliveryId, event },
    });
    return 1;
  });
}
