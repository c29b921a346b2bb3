import type { Log } from "../log.ts";

export interface Job {
  /** Begins the next turn at once, after the one that runs. */
  wake(): void;
  /** Lets a running turn finish, and starts no other. */
  stop(): Promise<void>;
}

/**
 * Does something now and then, one turn at a time. A failed turn is logged and the next one comes.
 * @param everyMs the pause between two turns
 * @param turn told by `stopped` when it should end early
 */
export function repeat(
  deps: { log: Log },
  job: { name: string; everyMs: number },
  turn: (stopped: () => boolean) => Promise<void>,
): Job {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let again = false;
  const next = () => {
    again = false;
    running = turn(() => stopped)
      .catch((error) => deps.log.warn({ err: error, job: job.name }, "a background job failed; it runs again"))
      .then(() => {
        running = null;
        if (!stopped) timer = setTimeout(next, again ? 0 : job.everyMs);
      });
  };
  next();
  return {
    wake() {
      again = true;
      if (running || stopped) return;
      clearTimeout(timer);
      next();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
