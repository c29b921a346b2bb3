import type { EventsConfig } from "../../config/events.ts";
import type { Log } from "../../log.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import type { Database } from "../../store/database.ts";
import { type ClaimedEvent, claimEvents, postponeEvent, removeEvent } from "../../store/events/events.ts";
import { postEvent } from "./post-event.ts";

export interface EventDeps {
  database: Database;
  log: Log;
  fetch: typeof globalThis.fetch;
  events: EventsConfig;
}

/** So many are on their way at once: a receiver that takes 15 s for each keeps that many waiting, and no more. */
const mostAtOnce = 8;

/** Seconds after each failed try, as Standard Webhooks suggests. After the last one it has failed: three days in all. */
const pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** Sends events to the host platform. */
export interface EventSending {
  /** Claims what is due and begins with it, as far as there is room. */
  begin(): Promise<void>;
  /** Waits for what is on its way, which has a deadline. */
  finish(): Promise<void>;
}

/**
 * Sends what is due, several at once, each from one replica. The receiver gets each at least once, under one id.
 * @param whenFree called when there is room again and there may be more to send
 */
export function createEventSending(deps: EventDeps, whenFree: () => void): EventSending {
  const running = new Set<Promise<void>>();
  let more = false;
  return {
    async begin() {
      const room = mostAtOnce - running.size;
      if (room === 0) return;
      const claimed = await claimEvents(deps.database, room);
      more = claimed.length === room;
      for (const event of claimed) {
        const work = sendOne(deps, event)
          .catch((error) =>
            deps.log.warn({ err: error, ...about(event) }, "how the sending of an event went was not noted"),
          )
          .finally(() => {
            running.delete(work);
            if (more) whenFree();
          });
        running.add(work);
      }
    },
    async finish() {
      await Promise.all(running);
    },
  };
}

async function sendOne(deps: EventDeps, event: ClaimedEvent): Promise<void> {
  const { status, why } = await outcome(deps, event);
  if (status !== null && status >= 200 && status < 300) {
    await removeEvent(deps.database, event.id);
    deps.log.debug(about(event), "an event was sent");
    return;
  }
  // 410: the receiver wants no more of it, so nothing is tried that only a change of its side can mend.
  const seconds = status === 410 ? null : (pauses[event.attempts - 1] ?? null);
  await postponeEvent(deps.database, event, { seconds, why });
  if (seconds === null) {
    deps.log.error(
      { ...about(event), why },
      "an event has failed: mend EVENTS_URL or its receiver, then `onbehalf events retry`",
    );
  } else {
    deps.log.warn({ ...about(event), why, again_in: seconds }, "an event could not be sent; it is tried again");
  }
}

/** Why: a word or a number, never what the receiver wrote. */
async function outcome(deps: EventDeps, event: ClaimedEvent): Promise<{ status: number | null; why: string }> {
  try {
    const status = await postEvent(deps, event);
    return { status, why: `http_${status}` };
  } catch (error) {
    return { status: null, why: error instanceof ProviderFailure ? error.kind : "unknown" };
  }
}

function about({ id, type, attempts }: ClaimedEvent) {
  return { event: id, type, attempts };
}
