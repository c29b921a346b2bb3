import { endPendingRevocations } from "../actions/end-pending-revocations.ts";
import type { TokenDeps } from "../actions/refreshing.ts";
import { hastenRevocations } from "../store/accounts/pending-revocations.ts";
import { removeOldCommits } from "../store/commits.ts";
import { removeExpired } from "../store/sessions.ts";
import { type Job, repeat } from "./repeat.ts";

/** What runs in the background. The tables are the queues; each row is claimed by one replica at a time. */
export function startJobs(deps: TokenDeps): Job[] {
  let hastened = false;
  return [
    repeat(deps, { name: "pending revocations", everyMs: 2_000 }, async (stopped) => {
      if (!hastened) await hastenRevocations(deps.database);
      hastened = true;
      await endPendingRevocations(deps, stopped);
    }),
    repeat(deps, { name: "remove what has expired", everyMs: 600_000 }, async () => {
      await removeExpired(deps.database);
      await removeOldCommits(deps.database);
    }),
  ];
}
