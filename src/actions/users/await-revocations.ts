import { setTimeout as sleep } from "node:timers/promises";
import { readRevocationsOf } from "../../store/accounts/revocation-state.ts";
import type { Queryable } from "../../store/database.ts";
import type { RevocationOutcome } from "../accounts/disconnect-account.ts";

/** Longer than the pause between two looks of a running replica, and a provider's usual answer. */
const patienceMs = 6_000;

/** How the ending of a user's grants stands, once the replicas that run have had the time to try. */
export async function awaitRevocations(deps: { database: Queryable }, userId: string): Promise<RevocationOutcome> {
  const started = performance.now();
  for (;;) {
    const { state } = await readRevocationsOf(deps.database, userId);
    if (state !== "pending" || performance.now() - started > patienceMs) return state;
    await sleep(200);
  }
}
