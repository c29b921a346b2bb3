import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../errors.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import { createOneAtATime } from "./one-at-a-time.ts";

/** How long a call may spend waiting for GitHub's limits. */
const budgetMs = 30_000;
/** How many calls may wait for one person's turn. */
const longestLine = 200;
/** What Node takes for a timer. */
const longestTimer = 2 ** 31 - 1;

export type WriteQueue = <Result>(owner: string, work: () => Promise<Result>) => Promise<Result>;

/** One person's (or installation's) line: how many are in it, and until when GitHub wants nothing from it. */
interface Line {
  length: number;
  /** On the monotonic clock. */
  pausedUntil: number;
}

/**
 * A queue per person: GitHub asks for writes one after another and limits each person alone, so one person's limit
 * never slows another (facts/github.md, 3 and 8). `Retry-After` is waited for within a budget of 30 s a call.
 * @throws Problem `rate_limited` with the seconds that remain
 */
export function createWriteQueue(): WriteQueue {
  const oneAtATime = createOneAtATime();
  const lines = new Map<string, Line>();
  return async (owner, work) => {
    const line = lines.get(owner) ?? { length: 0, pausedUntil: 0 };
    lines.set(owner, line);
    if (line.length >= longestLine) throw limited(5_000);
    line.length++;
    try {
      const deadline = performance.now() + budgetMs;
      return await oneAtATime(owner, () => withinBudget(line, deadline, work));
    } finally {
      line.length--;
      forgetIdle(lines, owner, line);
    }
  };
}

/** A line that is empty and not paused needs no memory. */
function forgetIdle(lines: Map<string, Line>, owner: string, line: Line): void {
  if (line.length > 0 || lines.get(owner) !== line) return;
  const pause = line.pausedUntil - performance.now();
  if (pause <= 0) lines.delete(owner);
  else setTimeout(() => forgetIdle(lines, owner, line), Math.min(pause, longestTimer)).unref();
}

async function withinBudget<Result>(line: Line, deadline: number, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const pause = line.pausedUntil - performance.now();
    if (pause > 0) {
      if (line.pausedUntil > deadline) throw limited(pause);
      await sleep(pause);
    }
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ProviderFailure) || error.kind !== "throttled") throw error;
      // "At once" is never meant: whoever asks again and again is limited for longer.
      const wait = Math.max(1, error.retryAfter ?? 60) * 1000;
      line.pausedUntil = performance.now() + wait;
      if (line.pausedUntil > deadline) throw limited(wait, error);
    }
  }
}

function limited(ms: number, cause?: unknown): Problem {
  return new Problem("rate_limited", "GitHub's rate limit is reached. Try again later.", {
    retryAfter: Math.max(1, Math.ceil(ms / 1000)),
    cause,
  });
}
