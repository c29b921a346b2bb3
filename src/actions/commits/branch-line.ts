import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../log.ts";
import type { AccountChanges } from "../../store/accounts/account-changes.ts";
import { announceLostRace, onLostRace } from "../../store/branch-races.ts";
import type { Database } from "../../store/database.ts";
import { createOneAtATime } from "./one-at-a-time.ts";

/** Tells that the branch's head was lost to another process, and how long a try takes. */
export type LoseRace = (tryMs: number) => void;

/** Runs commits to one branch one after another. */
export type BranchLine = <Result>(branch: string, work: (loseRace: LoseRace) => Promise<Result>) => Promise<Result>;

/** What is known about a branch while anybody here commits to it. */
interface Line {
  length: number;
  /** On the monotonic clock. */
  waitUntil: number;
  forget: () => void;
}

const longestWaitMs = 5_000;

/**
 * A line per branch. Processes race for a branch's head, and one that is busy there could win every time; so a process
 * that has lost tells the others, and they let it pass before their next commit. That is manners alone: it is GitHub
 * that lets only one of them win.
 */
export function createBranchLine(deps: { database: Database; changes: AccountChanges; log: Log }): BranchLine {
  const oneAtATime = createOneAtATime();
  const lines = new Map<string, Line>();
  const self = randomUUID();

  function enter(key: string): Line {
    const line = lines.get(key) ?? { length: 0, waitUntil: 0, forget: () => {} };
    if (line.length++ > 0) return line;
    lines.set(key, line);
    line.forget = onLostRace(deps.changes, key, ({ loser, needsMs }) => {
      if (loser !== self) line.waitUntil = performance.now() + Math.min(longestWaitMs, needsMs);
    });
    return line;
  }

  return async (branch, work) => {
    const key = createHash("sha256").update(branch).digest("hex");
    const line = enter(key);
    const loseRace: LoseRace = (tryMs) => {
      const race = { branch: key, loser: self, needsMs: Math.ceil(3 * tryMs) };
      announceLostRace(deps.database, race).catch((error) =>
        deps.log.debug({ err: error }, "other processes could not be told of a lost race"),
      );
    };
    try {
      return await oneAtATime(branch, async () => {
        const wait = line.waitUntil - performance.now();
        if (wait > 0) await sleep(wait);
        return work(loseRace);
      });
    } finally {
      if (--line.length === 0) {
        line.forget();
        lines.delete(key);
      }
    }
  };
}
