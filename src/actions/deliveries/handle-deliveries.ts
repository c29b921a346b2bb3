import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../errors.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import {
  type ClaimedDelivery,
  claimDeliveries,
  handOverDeliveries,
  openDelivery,
  postponeDelivery,
} from "../../store/deliveries.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { type Settle, settleTogether } from "./settle-together.ts";

/** A delivery, opened. */
export interface Delivery {
  /** To whose webhook address it came. */
  provider: string;
  deliveryId: string;
  event: string;
  payload: string;
}

/** Hands a delivery to the handlers of its event; throws what one of them threw. */
export type Handle = (delivery: Delivery) => Promise<void>;

type HandlingDeps = Pick<TokenDeps, "database" | "keyring" | "log" | "metrics"> & { handleDelivery: Handle };

const mostAtOnce = 30;

/** Works through deliveries. */
export interface DeliveryHandling {
  /** Claims what is due and begins with it, as far as there is room. */
  begin(): Promise<void>;
  /** Waits for what has begun; what takes longer is handed over to whichever process comes next. */
  finish(atMostMs: number): Promise<void>;
}

/**
 * Handles deliveries, several at once, so that one whose handler waits for GitHub keeps no other waiting. Handlers are
 * idempotent: a delivery whose process dies in between is handled again.
 * @param whenFree called when there is room again and there may be more to do
 */
export function createDeliveryHandling(deps: HandlingDeps, whenFree: () => void): DeliveryHandling {
  const running = new Map<ClaimedDelivery, Promise<void>>();
  const settle = settleTogether(deps.database);
  let more = false;
  let telling = false;
  // Several end together, and then are replaced together.
  const tellFree = () => {
    if (telling) return;
    telling = true;
    setImmediate(() => {
      telling = false;
      whenFree();
    });
  };
  return {
    async begin() {
      const room = mostAtOnce - running.size;
      if (room === 0) return;
      const { claimed, parked } = await claimDeliveries(deps.database, room);
      more = claimed.length + parked.length === room;
      for (const delivery of parked) {
        deps.metrics.delivered(delivery.provider, "parked");
        logParked(deps, delivery, "interrupted");
      }
      for (const delivery of claimed) {
        const work = handleOne(deps, settle, delivery)
          .catch((error) => deps.log.warn({ err: error, ...about(delivery) }, "how a delivery went was not noted"))
          .finally(() => {
            running.delete(delivery);
            if (more) tellFree();
          });
        running.set(delivery, work);
      }
    },
    async finish(atMostMs) {
      const patience = new AbortController();
      await Promise.race([
        Promise.all(running.values()),
        sleep(atMostMs, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
      const left = [...running.keys()];
      if (left.length === 0) return;
      deps.log.warn({ deliveries: left.map(about) }, "deliveries are not handled yet: they are handed over");
      await handOverDeliveries(deps.database, left);
    },
  };
}

async function handleOne(deps: HandlingDeps, settle: Settle, delivery: ClaimedDelivery): Promise<void> {
  const { database, log } = deps;
  try {
    const { provider, deliveryId, event } = delivery;
    await deps.handleDelivery({ provider, deliveryId, event, payload: openDelivery(deps.keyring, delivery) });
  } catch (error) {
    const why = reasonOf(error);
    const parked = await postponeDelivery(database, delivery, why);
    deps.metrics.delivered(delivery.provider, parked ? "parked" : "postponed");
    if (parked) logParked(deps, delivery, why, error);
    else log.warn({ err: error, ...about(delivery) }, "a delivery could not be handled; it is tried again");
    return;
  }
  await settle(delivery.id);
  deps.metrics.delivered(delivery.provider, "handled");
  log.debug(about(delivery), "a delivery was handled");
}

function logParked(deps: HandlingDeps, delivery: ClaimedDelivery, why: string, error?: unknown): void {
  deps.log.error(
    { ...(error === undefined ? {} : { err: error }), ...about(delivery), why },
    "a delivery was parked as failed: mend what stopped it, then `onbehalf deliveries retry`",
  );
}

function about({ provider, deliveryId, event, attempts }: ClaimedDelivery) {
  return { provider, delivery: deliveryId, event, attempts };
}

/** A kind of failure, never its sentence: that may hold what the delivery says of people. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (error instanceof Problem) return error.code;
  if (error instanceof ProviderFailure) return error.kind;
  return error instanceof Error ? error.name : "unknown";
}
