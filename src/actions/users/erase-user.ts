import { Problem } from "../../errors.ts";
import { removeAccounts } from "../../store/accounts/end-account.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { removeDelegationsOf } from "../../store/delegations.ts";
import { openLookup } from "../../store/erasure/lookup-keys.ts";
import { addTombstone, externalIdHash } from "../../store/erasure/tombstones.ts";
import { removeIdentities } from "../../store/identities.ts";
import { emptyUser, lockUser } from "../../store/users.ts";
import type { RevocationOutcome } from "../accounts/disconnect-account.ts";
import type { EndingDeps } from "../accounts/end-pending-revocation.ts";
import { endEverything } from "./end-everything.ts";
import { tryRevocations } from "./try-revocations.ts";

/**
 * Erases a user: as a deactivation, and nothing is left that says who they were. The row of the user stays with its
 * random id, so that what they did stays together in the audit log. Can be repeated.
 * @throws Problem `user_not_found`, `cannot_unseal`
 */
export async function eraseUser(
  deps: EndingDeps,
  request: { userId: string; by: DecidedBy },
): Promise<{ revocations: RevocationOutcome }> {
  const { userId, by } = request;
  const lookup = await openLookup(deps);
  await deps.database.transaction(async (transaction) => {
    const user = await lockUser(transaction, userId);
    if (!user) throw new Problem("user_not_found", "There is no user of that reference.");
    const identities = await endEverything({ ...deps, lookup }, transaction, { user, by });
    if (user.externalId !== null) {
      const hash = externalIdHash(lookup, user.externalId);
      await addTombstone(transaction, { hash, kind: "external_id", userId });
    }
    const identityIds = identities.map(({ id }) => id);
    await removeDelegationsOf(transaction, userId);
    await removeAccounts(transaction, { userId, identityIds });
    await removeIdentities(transaction, identityIds);
    await emptyUser(transaction, userId);
    if (!user.erased) await writeAudit(transaction, { ...by, action: "user.erase", userId });
  });
  return { revocations: await tryRevocations(deps, userId) };
}
