import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { openLookup } from "../../store/erasure/lookup-keys.ts";
import { lockUser } from "../../store/users.ts";
import type { RevocationOutcome } from "../accounts/disconnect-account.ts";
import type { EndingDeps } from "../accounts/end-pending-revocation.ts";
import { endEverything } from "./end-everything.ts";
import { tryRevocations } from "./try-revocations.ts";

/**
 * Deactivates a user: from the first commit on nobody acts or signs in as them, on every replica. Their grants are then
 * ended at the providers, and tried again until those confirm. Who they are stays, for the audit log. Can be repeated.
 * @throws Problem `user_not_found`, `cannot_unseal`
 */
export async function deactivateUser(
  deps: EndingDeps,
  request: { userId: string; by: DecidedBy },
): Promise<{ revocations: RevocationOutcome }> {
  const { userId, by } = request;
  const lookup = await openLookup(deps);
  await deps.database.transaction(async (transaction) => {
    const user = await lockUser(transaction, userId);
    if (!user) throw new Problem("user_not_found", "There is no user of that reference.");
    await endEverything({ ...deps, lookup }, transaction, { user, by });
    if (user.status === "active") await writeAudit(transaction, { ...by, action: "user.deactivate", userId });
  });
  return { revocations: await tryRevocations(deps, userId) };
}
