import { endPendingRevocation } from "./end-pending-revocation.ts";
import type { TokenDeps } from "./refreshing.ts";

/** How many are ended in one go, so that a stop never waits long. */
const batch = 50;

/** Works through the revocations that are due. */
export async function endPendingRevocations(deps: TokenDeps, stopped: () => boolean): Promise<void> {
  for (let count = 0; count < batch && !stopped(); count++) {
    if (!(await endPendingRevocation(deps))) return;
  }
}
