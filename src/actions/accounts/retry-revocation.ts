import { hastenRevocation, readRevocation } from "../../store/accounts/list-revocations.ts";
import type { RevocationOutcome } from "./disconnect-account.ts";
import { type EndingDeps, tryEndPendingRevocation } from "./end-pending-revocation.ts";

/** Tries one now, whenever its next try was due. What somebody tries just then, or can't be tried, stays as it is. */
export async function retryRevocation(deps: EndingDeps, id: string): Promise<RevocationOutcome> {
  await hastenRevocation(deps.database, id);
  await tryEndPendingRevocation(deps, id);
  return (await readRevocation(deps.database, id)) ?? "done";
}
