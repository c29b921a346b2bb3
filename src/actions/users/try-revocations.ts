import { readRevocationsOf } from "../../store/accounts/revocation-state.ts";
import type { RevocationOutcome } from "../accounts/disconnect-account.ts";
import { type EndingDeps, tryEndPendingRevocation } from "../accounts/end-pending-revocation.ts";

/** Tries at once what is left to end of a user's grants; the rest is tried again until it is confirmed. */
export async function tryRevocations(deps: EndingDeps, userId: string): Promise<RevocationOutcome> {
  const { pending } = await readRevocationsOf(deps.database, userId);
  for (const { id, provider } of pending) {
    // A command may run without the providers' credentials: the running replicas have them.
    if (deps.providers.has(provider)) await tryEndPendingRevocation(deps, id);
  }
  return (await readRevocationsOf(deps.database, userId)).state;
}
