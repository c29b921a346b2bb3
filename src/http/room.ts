import { Problem } from "../errors.ts";

export interface RoomOptions {
  /** How many bytes fit in at once, in all and of one owner. */
  whole: number;
  perOwner: number;
  patienceMs: number;
}

/** Says that what was let in is gone. */
export type Leave = () => void;

/** Lets so much in that it fits, in the order in which it came. */
export interface Room {
  /** @throws Problem `rate_limited` when there was no room for too long */
  enter(owner: string, bytes: number): Promise<Leave>;
}

interface Guest {
  owner: string;
  bytes: number;
  letIn(): void;
}

/** A room for what is large. Nobody overtakes, but who fills their own share makes nobody else wait. */
export function createRoom(options: RoomOptions): Room {
  const { whole, perOwner, patienceMs } = options;
  let used = 0;
  const byOwner = new Map<string, number>();
  const waiting = new Set<Guest>();

  function change(owner: string, bytes: number): void {
    used += bytes;
    const left = (byOwner.get(owner) ?? 0) + bytes;
    if (left > 0) byOwner.set(owner, left);
    else byOwner.delete(owner);
  }

  function admit(): void {
    for (const guest of waiting) {
      if ((byOwner.get(guest.owner) ?? 0) + guest.bytes > perOwner) continue;
      if (used + guest.bytes > whole) return;
      waiting.delete(guest);
      change(guest.owner, guest.bytes);
      guest.letIn();
    }
  }

  return {
    enter: (owner, wanted) =>
      new Promise((resolve, reject) => {
        const bytes = Math.min(wanted, perOwner);
        let inside = true;
        const leave = (): void => {
          if (!inside) return;
          inside = false;
          change(owner, -bytes);
          admit();
        };
        const guest: Guest = {
          owner,
          bytes,
          letIn() {
            clearTimeout(patience);
            resolve(leave);
          },
        };
        const patience = setTimeout(() => {
          waiting.delete(guest);
          const words = "Too many large bodies are on their way. Send fewer at once, or try again later.";
          reject(new Problem("rate_limited", words, { retryAfter: 5 }));
          admit();
        }, patienceMs);
        waiting.add(guest);
        admit();
      }),
  };
}
