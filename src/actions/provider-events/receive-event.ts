import { createHash } from "node:crypto";
import { Problem } from "../../errors.ts";
import type { ProviderEvent } from "../../providers/hook.ts";
import type { Provider } from "../../providers/provider.ts";
import { isKnownDelivery, type NewDelivery } from "../../store/deliveries.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { actOnEvent } from "./act-on-event.ts";
import { writeEvent } from "./event-payload.ts";

export interface ReceiveDeps extends TokenDeps {
  storeDelivery(delivery: NewDelivery): Promise<void>;
  /** Says that there is something to handle. */
  wakeHandlers(): void;
}

/**
 * Takes an event of a provider's that was found genuine. One with an id is stored before it is acknowledged, is handled
 * at least once, and a repeat is dropped. One without can't be told from a repeat: it is acted on now, and only what the
 * provider confirms has an effect; while the provider can't be asked it is kept.
 * @returns `repeated`: it is known, and nothing was done
 * @throws Problem `hook_unconfirmed` when the provider contradicts it, and what asking the provider may throw
 */
export async function receiveEvent(
  deps: ReceiveDeps,
  received: { provider: Provider; event: ProviderEvent },
): Promise<"taken" | "repeated"> {
  const { provider, event } = received;
  if (event.id === null) {
    const { ended } = await actOnEvent(deps, received).catch(async (error) => {
      await keepForLater(deps, received);
      throw error;
    });
    if (ended > 0) return "taken";
    throw new Problem(
      "hook_unconfirmed",
      `${provider.name} was asked, and what this says is not so: nothing was changed.`,
    );
  }
  const delivery = { provider: provider.id, deliveryId: event.id, event: event.name };
  if (await isKnownDelivery(deps.database, delivery)) return "repeated";
  await deps.storeDelivery({ ...delivery, payload: writeEvent(event) });
  deps.wakeHandlers();
  return "taken";
}

const hourMs = 3_600_000;

/**
 * The provider can't be asked now, and may not tell again: it is asked until it answers. Repeats of one hour are one, or
 * whoever sends them again would fill the table.
 */
async function keepForLater(
  deps: ReceiveDeps,
  { provider, event }: { provider: Provider; event: ProviderEvent },
): Promise<void> {
  const hour = new Date(Math.floor(Date.now() / hourMs) * hourMs).toISOString();
  const about = createHash("sha256").update(JSON.stringify(event.about)).digest("hex").slice(0, 32);
  const delivery = { provider: provider.id, deliveryId: `${event.name} ${about} ${hour}`, event: event.name };
  if (await isKnownDelivery(deps.database, delivery)) return;
  await deps.storeDelivery({ ...delivery, payload: writeEvent(event) });
  deps.wakeHandlers();
}
