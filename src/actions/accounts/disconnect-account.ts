import type { RevocationReason } from "../../store/accounts/account.ts";
import { moveToPendingRevocation } from "../../store/accounts/pending-revocations.ts";
import { readRevocationState } from "../../store/accounts/revocation-state.ts";
import { writeAudit } from "../../store/audit.ts";
import { tryEndPendingRevocation } from "./end-pending-revocation.ts";
import type { TokenDeps } from "./refreshing.ts";

/**
 * Disconnects: the account is unusable from this call's first commit on; then the grant is ended at the provider, and
 * tried again until it confirms.
 * @returns how the ending stands; null: nothing was connected
 */
export async function disconnectAccount(
  deps: TokenDeps,
  user: { userId: string; provider: string },
  reason: RevocationReason = "user_revoked",
): Promise<"done" | "pending" | "unconfirmed" | null> {
  const moved = await deps.database.transaction(async (transaction) => {
    const done = await moveToPendingRevocation(deps, transaction, user, reason);
    if (!done) return null;
    await writeAudit(transaction, {
      action: "disconnect",
      actor: "user",
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
