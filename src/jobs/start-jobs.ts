import { endPendingRevocations } from "../actions/end-pending-revocations.ts";
import type { TokenDeps } from "../actions/refreshing.ts";
import { removeExpired } from "../store/sessions.ts";
import { type Job, repeat } from "./repeat.ts";

/** What runs in the background. The tables are the queues; each row is claimed by one replica at a time. */
export function startJobs(deps: TokenDeps): Job[] {
  return [
    repeat(deps, { name: "pending revocations", everyMs: 2_000 }, (stopped) => endPendingRevocations(deps, stopped)),
    repeat(deps, { name: "remove what has expired", everyMs: 600_000 }, () => removeExpired(deps.database)),
  ];
}
