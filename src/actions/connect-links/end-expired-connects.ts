import { expiredConnects } from "../../store/accounts/pending-connects.ts";
import { tryEndPendingRevocation } from "../accounts/end-pending-revocation.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { dropConnect } from "./drop-connect.ts";

/** How many are ended in one go, so that a stop never waits long. */
const batch = 50;

/** Ends what was granted for links that nobody confirmed or completed in time, with its token. */
export async function endExpiredConnects(deps: TokenDeps, stopped: () => boolean): Promise<void> {
  for (const pending of await expiredConnects(deps.database, batch)) {
    if (stopped()) return;
    const drop = { pending, outcome: "expired", by: { actor: "system" } } as const;
    try {
      const revocation = await deps.database.transaction((transaction) => dropConnect(deps, transaction, drop));
      if (revocation) await tryEndPendingRevocation(deps, revocation);
    } catch (error) {
      // One whose key is missing must not keep the others from ending.
      deps.log.error({ err: error, link: pending.id }, "a connect that nobody completed could not be ended now");
    }
  }
}
