import { completeAudit } from "../../store/audit.ts";
import { claimDueRepositories, freeLostRepositories } from "../../store/sync-leases.ts";
import type { SyncDeps } from "./sync-deps.ts";
import { syncRepository } from "./sync-repository.ts";

/** So many repositories are synced at once by one process. */
const mostAtOnce = 2;

/** Syncs what is due. */
export interface Syncing {
  /** Claims what is due and begins with it, as far as there is room. */
  begin(): Promise<void>;
  /** Ends what runs, and hands it over to whichever process comes next. */
  finish(): Promise<void>;
}

/**
 * Syncs repositories that are due, a few at once. Each is claimed by one process at a time; what a process that has died
 * had claimed is claimed again a minute later.
 * @param whenFree called when there is room again
 */
export function createSyncing(deps: SyncDeps, whenFree: () => void): Syncing {
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  return {
    async begin() {
      for (const audit of await freeLostRepositories(deps.database)) {
        await completeAudit(deps.database, audit, { result: "failed", code: "interrupted" });
      }
      const room = mostAtOnce - running.size;
      if (room <= 0 || stopping.signal.aborted) return;
      for (const claim of await claimDueRepositories(deps.database, room)) {
        const work = syncRepository(deps, claim, stopping.signal)
          .catch((error) => deps.log.warn({ err: error, repository: claim.id }, "how a sync went was not noted"))
          .finally(() => {
            running.delete(work);
            whenFree();
          });
        running.add(work);
      }
    },
    async finish() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
