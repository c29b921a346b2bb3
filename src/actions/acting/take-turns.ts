import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../log.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import type { Turn } from "../../providers/turn.ts";
import type { Database } from "../../store/database.ts";
import { claimSlot, freeSlot, makeSlots, type Slot } from "../../store/request-slots.ts";

/** How long a request waits for its turn, in milliseconds, and how often whoever is first in line looks. */
const usualPatienceMs = 5_000;
const lookEveryMs = 50;
/** A slot comes back after this time when its process has died: longer than an answer may take to begin. */
const heldSeconds = 20;
/** The second in which a provider counts, and what its clock and the database's may differ by within it. */
const secondAndMore = 1.02;

/**
 * Keeps all replicas together below so many requests in any second. Sending at even distances would not do that: what
 * was sent a little late and the next a little early arrive together. So there are as many slots as requests, a request
 * has one until it was answered, and a second later it is free: whenever two of a slot's requests were counted, there
 * was a second between them.
 *
 * One caller of a process looks for a slot at a time, first come, first served.
 * @param limit.most of these slots this line uses so many at the most, so that another line of that name always finds
 *   the others: what bots send can be slow, and must not keep a token from being renewed. Without it all
 * @param limit.patienceMs how long one waits
 */
export function createTurns(
  deps: { database: Database; log: Log },
  limit: { name: string; perSecond: number; most?: number; patienceMs?: number },
): Turn {
  const { name, perSecond, most = perSecond, patienceMs = usualPatienceMs } = limit;
  let made: Promise<void> | null = null;
  let line: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const claim = async (until: number): Promise<Slot> => {
    made ??= makeSlots(deps.database, { name, count: perSecond }).catch((error) => {
      made = null;
      throw error;
    });
    await made;
    for (;;) {
      const slot = await claimSlot(deps.database, { name, most, seconds: heldSeconds });
      if (slot) return slot;
      if (performance.now() >= until) throw tooMany(waiting / most);
      await sleep(lookEveryMs);
    }
  };

  return async (send) => {
    // Who could not have a slot in time is told at once.
    if (waiting >= (most * patienceMs) / 1000) throw tooMany(waiting / most);
    waiting += 1;
    const until = performance.now() + patienceMs;
    const turn = line
      .then(() => claim(until))
      .finally(() => {
        waiting -= 1;
      });
    line = turn.catch(() => undefined);
    const slot = await turn;
    try {
      return await send();
    } finally {
      freeSlot(deps.database, slot, secondAndMore).catch((error) =>
        deps.log.warn({ err: error, name }, "a request slot could not be given back; it is free again in some seconds"),
      );
    }
  };
}

function tooMany(seconds: number): ProviderFailure {
  return new ProviderFailure("throttled", "too many requests wait for their turn", {
    retryAfter: Math.max(1, Math.ceil(seconds)),
  });
}
