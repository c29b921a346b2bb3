import { endPendingRevocations } from "../actions/end-pending-revocations.ts";
import { type Handle, handleDeliveries } from "../actions/handle-deliveries.ts";
import type { TokenDeps } from "../actions/refreshing.ts";
import { requestFailedDeliveries } from "../actions/request-failed-deliveries.ts";
import type { AppInstallation } from "../github/app-installation.ts";
import type { GithubClient } from "../github/client.ts";
import { hastenRevocations } from "../store/accounts/pending-revocations.ts";
import { removeOldCommits } from "../store/commits.ts";
import { removeOldDeliveries } from "../store/deliveries.ts";
import { removeExpired } from "../store/sessions.ts";
import { type Job, repeat } from "./repeat.ts";

export interface Jobs {
  /** There is a delivery to handle. */
  wakeHandlers(): void;
  /** Lets running turns finish, and starts no other. */
  stop(): Promise<void>;
}

/** What runs in the background. The tables are the queues; each row is claimed by one replica at a time. */
export function startJobs(
  deps: TokenDeps & { client: GithubClient; app: AppInstallation; handleDelivery: Handle },
): Jobs {
  let hastened = false;
  const revocations = repeat(deps, { name: "pending revocations", everyMs: 2_000 }, async (stopped) => {
    if (!hastened) await hastenRevocations(deps.database);
    hastened = true;
    await endPendingRevocations(deps, stopped);
  });
  // Whoever stores a delivery wakes its own handlers; the pause is for what a dead replica left.
  const handlers = repeat(deps, { name: "deliveries", everyMs: 2_000 }, (stopped) =>
    handleDeliveries(deps, deps.handleDelivery, stopped),
  );
  const failedDeliveries = repeat(deps, { name: "failed deliveries", everyMs: 180_000 }, (stopped) =>
    requestFailedDeliveries(deps, stopped),
  );
  const cleaning = repeat(deps, { name: "remove what has expired", everyMs: 600_000 }, async () => {
    await removeExpired(deps.database);
    await removeOldCommits(deps.database);
    await removeOldDeliveries(deps.database);
  });
  const jobs: Job[] = [revocations, handlers, failedDeliveries, cleaning];
  return {
    wakeHandlers: handlers.wake,
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}
