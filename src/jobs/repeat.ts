import type { Log } from "../log.ts";

export interface Job {
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
  let running: Promise<void> = Promise.resolve();
  const next = () => {
    running = turn(() => stopped)
      .catch((error) => deps.log.warn({ err: error, job: job.name }, "a background job failed; it runs again"))
      .then(() => {
        if (!stopped) timer = setTimeout(next, job.everyMs);
      });
  };
  next();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}
