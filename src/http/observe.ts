import type { Log } from "../log.ts";
import type { Observed } from "../metrics/create-metrics.ts";
import type { Database } from "../store/database.ts";
import { countAccounts, readQueues } from "../store/observe.ts";

/** However often and by however many it is asked: each look costs the database something. */
const queuesMs = 2_000;
const accountsMs = 60_000;

/**
 * Looks at how things stand.
 * @returns what was last seen, where that is young enough
 */
export function createObserver(deps: {
  database: Database;
  log: Log;
  connections: () => Observed["connections"];
}): () => Promise<Observed> {
  const seen = <Result>(work: () => Promise<Result>, forMs: number) => {
    let last: { at: number; result: Promise<Result | null> } | undefined;
    return () => {
      if (last && performance.now() - last.at < forMs) return last.result;
      const result = work().catch((error) => {
        deps.log.warn({ err: error }, "the metrics lack what the database knows");
        last = undefined;
        return null;
      });
      last = { at: performance.now(), result };
      return result;
    };
  };
  const accounts = seen(() => countAccounts(deps.database), accountsMs);
  const queues = seen(() => readQueues(deps.database), queuesMs);
  return async () => {
    const connections = deps.connections();
    const [counted, queued] = await Promise.all([accounts(), queues()]);
    return { accounts: counted, queues: queued, connections };
  };
}
