import { githubProviders } from "../../config/github-app.ts";
import { Problem } from "../../errors.ts";
import { readRevocationsOf } from "../../store/accounts/revocation-state.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { openLookup } from "../../store/erasure/lookup-keys.ts";
import { findTombstone, identityHash, removeTombstones } from "../../store/erasure/tombstones.ts";
import { lockUser, setStatus } from "../../store/users.ts";
import type { EndingDeps } from "../accounts/end-pending-revocation.ts";

/**
 * Lets a person sign in again, with all their identities. A deactivated user is active again, with nothing connected
 * and nothing permitted; one who was erased comes back as somebody new.
 * @param request.number GitHub's number of the person
 * @throws Problem `not_found`; `provider_unavailable` while the grant of an erased person is still being ended: its end
 *   would take the next one along, and nothing here could tell
 */
export async function liftTombstone(
  deps: Pick<EndingDeps, "database" | "keyring">,
  request: { number: string; by: DecidedBy },
): Promise<{ users: { id: string; status: "active" | "erased" }[] }> {
  const lookup = await openLookup(deps);
  return deps.database.transaction(async (transaction) => {
    const userIds = new Set<string>();
    for (const provider of githubProviders) {
      const hash = identityHash(lookup, { provider, providerUid: request.number });
      const tombstone = await findTombstone(transaction, hash);
      if (tombstone) userIds.add(tombstone.userId);
    }
    if (userIds.size === 0) {
      throw new Problem("not_found", `There is no tombstone for gh.${request.number}: nothing keeps them out.`);
    }
    const users: { id: string; status: "active" | "erased" }[] = [];
    for (const id of [...userIds].sort()) {
      const user = await lockUser(transaction, id);
      if (user?.erased && (await readRevocationsOf(transaction, id)).state === "pending") {
        throw new Problem(
          "provider_unavailable",
          `The authorisation of gh.${request.number} is still being ended. Lift the tombstone when that is done.`,
          { retryAfter: 60 },
        );
      }
      await removeTombstones(transaction, id);
      if (!user?.erased) await setStatus(transaction, id, "active");
      await writeAudit(transaction, { action: "tombstone.lift", ...request.by, userId: id });
      users.push({ id, status: user?.erased ? "erased" : "active" });
    }
    return { users };
  });
}
