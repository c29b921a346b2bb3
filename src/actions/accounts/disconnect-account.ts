import { pendingConnectsOf } from "../../store/accounts/pending-connects.ts";
import { moveToPendingRevocation } from "../../store/accounts/pending-revocations.ts";
import { type RevocationState, readRevocationState } from "../../store/accounts/revocation-state.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { dropConnect } from "../connect-links/drop-connect.ts";
import { tryEndPendingRevocation } from "./end-pending-revocation.ts";
import type { TokenDeps } from "./refreshing.ts";

/** How the end of grants stands at their provider. */
export type RevocationOutcome = RevocationState | "done";

/**
 * Disconnects, also what waits for being completed: the account is unusable from this call's first commit on; then the grant is ended at the provider, and
 * tried again until it confirms.
 * @param by whose decision it is; everybody's but the person's own ends it with reason `admin`
 * @returns how the ending stands; null: nothing was connected
 */
export async function disconnectAccount(
  deps: TokenDeps,
  user: { userId: string; provider: string },
  by: DecidedBy = { actor: "user" },
): Promise<RevocationOutcome | null> {
  const reason = by.actor === "user" ? "user_revoked" : "admin";
  const moved = await deps.database.transaction(async (transaction) => {
    for (const pending of await pendingConnectsOf(transaction, user)) {
      await dropConnect(deps, transaction, { pending, outcome: "cancelled", by });
    }
    const done = await moveToPendingRevocation(deps, transaction, user, reason, by.actor);
    if (!done) return null;
    await writeAudit(transaction, {
      action: "disconnect",
      ...by,
      userId: user.userId,
      identityId: done.account.identityId,
      provider: user.provider,
      detail: { reason },
    });
    return done;
  });
  if (!moved) return null;
  await tryEndPendingRevocation(deps, moved.revocationId);
  return (await readRevocationState(deps.database, moved.account)) ?? "done";
}
