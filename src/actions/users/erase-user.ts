import { randomBytes } from "node:crypto";
import { githubProviders, isGithubProvider } from "../../config/github-app.ts";
import { Problem } from "../../errors.ts";
import { removeAccounts } from "../../store/accounts/end-account.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { removeDelegationsOf } from "../../store/delegations.ts";
import { addErasure } from "../../store/erasure/erasures.ts";
import { openLookup } from "../../store/erasure/lookup-keys.ts";
import { addTombstone, externalIdHash } from "../../store/erasure/tombstones.ts";
import { readNames, removeIdentities } from "../../store/identities.ts";
import { removeRefusalsOf } from "../../store/refusals.ts";
import { removeRepositoriesOf } from "../../store/repositories.ts";
import { emptyUser, lockUser } from "../../store/users.ts";
import type { RevocationOutcome } from "../accounts/disconnect-account.ts";
import type { EndingDeps } from "../accounts/end-pending-revocation.ts";
import { endEverything } from "./end-everything.ts";
import { searchErased } from "./search-erased.ts";
import { tryRevocations } from "./try-revocations.ts";

/** How long a caller waits for the search of their names in a large log; the rest is done in the background. */
const searchMs = 5_000;

/**
 * Erases a user: as a deactivation, and nothing is left that says who they were. Where others' rows name them, such as
 * the owner of a repository in the audit log, a pseudonym takes their place. The row of the user stays with its random
 * id, so that what they did stays together in the audit log. Can be repeated.
 * @throws Problem `user_not_found`, `cannot_unseal`
 */
export async function eraseUser(
  deps: EndingDeps,
  request: { userId: string; by: DecidedBy },
): Promise<{ revocations: RevocationOutcome }> {
  const { userId, by } = request;
  const lookup = await openLookup(deps);
  const erasure = await deps.database.transaction(async (transaction) => {
    const user = await lockUser(transaction, userId);
    if (!user) throw new Problem("user_not_found", "There is no user of that reference.");
    const identities = await endEverything({ ...deps, lookup }, transaction, { user, by });
    if (user.externalId !== null) {
      const hash = externalIdHash(lookup, user.externalId);
      await addTombstone(transaction, { hash, kind: "external_id", userId });
    }
    const identityIds = identities.map(({ id }) => id);
    const names = await readNames(transaction, identityIds);
    await removeDelegationsOf(transaction, userId);
    await removeRefusalsOf(transaction, userId);
    for (const { provider, login } of identities) {
      // Owners are people of the GitHub, whichever of its Apps a mirror is kept with.
      for (const each of isGithubProvider(provider) ? githubProviders : [provider]) {
        await removeRepositoriesOf(transaction, { provider: each, logins: [login] });
      }
    }
    await removeAccounts(transaction, { userId, identityIds });
    await removeIdentities(transaction, identityIds);
    await emptyUser(transaction, userId);
    if (!user.erased) await writeAudit(transaction, { ...by, action: "user.erase", userId });
    if (identityIds.length === 0 && user.externalId === null) return null;
    // A dot, which no login has: nobody can register the pseudonym and own what is named so.
    const pseudonym = `erased.${randomBytes(6).toString("hex")}`;
    return addErasure(deps, transaction, { pseudonym, userId, externalId: user.externalId, ...names });
  });
  if (erasure) await trySearch(deps, erasure);
  return { revocations: await tryRevocations(deps, userId) };
}

/** Whatever goes wrong, the search stays due and is done again. */
async function trySearch(deps: EndingDeps, erasure: string): Promise<void> {
  const started = performance.now();
  try {
    await searchErased(deps, () => performance.now() - started > searchMs, erasure);
  } catch (error) {
    deps.log.warn({ err: error, erasure }, "an erased person's names could not be searched now; it is tried again");
  }
}
