import { redact } from "../redact.ts";
import { type ClaimedDelivery, claimDeliveries, postponeDelivery, settleDelivery } from "../store/deliveries.ts";
import type { TokenDeps } from "./refreshing.ts";

/** Hands a delivery to the handlers of its event; throws when one of them failed. */
export type Handle = (delivery: ClaimedDelivery) => Promise<void>;

const together = 10;

/**
 * Works through the deliveries that are due. Handlers are idempotent: one whose process dies in between runs again.
 * @param stopped a stop lets those that run finish and starts no other
 */
export async function handleDeliveries(
  deps: Pick<TokenDeps, "database" | "keyring" | "log">,
  handle: Handle,
  stopped: () => boolean,
): Promise<void> {
  while (!stopped()) {
    const claimed = await claimDeliveries(deps, together);
    if (claimed.length === 0) return;
    await Promise.all(claimed.map((delivery) => handleOne(deps, handle, delivery)));
  }
}

async function handleOne(
  deps: Pick<TokenDeps, "database" | "log">,
  handle: Handle,
  delivery: ClaimedDelivery,
): Promise<void> {
  const { database, log } = deps;
  const about = { delivery: delivery.deliveryId, event: delivery.event };
  try {
    await handle(delivery);
    await settleDelivery(database, delivery.id);
    log.debug(about, "a delivery was handled");
  } catch (error) {
    // Only which kind of error it was: a handler's words can hold what the payload says of people.
    const why = error instanceof Error ? redact(error.name) : "unknown";
    const parked = await postponeDelivery(database, delivery.id, why);
    if (parked) log.error({ ...about, err: error }, "a delivery was parked as failed: it can be sent again at GitHub");
    else log.warn({ ...about, err: error }, "a delivery could not be handled; it is tried again");
  }
}
