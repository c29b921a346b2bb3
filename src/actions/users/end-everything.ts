import type { Keyring } from "../../crypto/keyring.ts";
import type { Log } from "../../log.ts";
import type { Providers } from "../../providers/index.ts";
import { pendingConnectsOf } from "../../store/accounts/pending-connects.ts";
import { moveToPendingRevocation } from "../../store/accounts/pending-revocations.ts";
import { liveAccountsOf } from "../../store/accounts/read-account.ts";
import { endScopedTokens } from "../../store/accounts/scoped-tokens.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { removeConnectLinksOf } from "../../store/connect-links.ts";
import type { Queryable } from "../../store/database.ts";
import { endDelegationsOf } from "../../store/delegations.ts";
import type { Lookup } from "../../store/erasure/lookup-keys.ts";
import { addTombstone, identityHash } from "../../store/erasure/tombstones.ts";
import { type Identity, lockIdentitiesOf } from "../../store/identities.ts";
import { endPassesOf } from "../../store/passes.ts";
import { endSyncsAs } from "../../store/repositories.ts";
import { endSessionsOf } from "../../store/sessions.ts";
import { type LockedUser, setStatus } from "../../store/users.ts";
import { dropConnect } from "../connect-links/drop-connect.ts";

/**
 * Ends all that lets anybody act or sign in as a user, whose row the caller's transaction has locked: accounts, whose
 * grants go into the queue of those to end, browser sessions, delegations, passes, and syncs as them. Their identities
 * are refused from now on. Done a second time it changes nothing.
 */
export async function endEverything(
  deps: { keyring: Keyring; log: Log; providers: Providers; lookup: Lookup },
  transaction: Queryable,
  ended: { user: LockedUser; by: DecidedBy },
): Promise<Identity[]> {
  const { user, by } = ended;
  await setStatus(transaction, user.id, "deactivated");
  const identities = await lockIdentitiesOf(transaction, user.id);
  for (const identity of identities) {
    const hash = identityHash(deps.lookup, identity);
    await addTombstone(transaction, { hash, kind: "identity", userId: user.id });
  }
  const identityIds = identities.map(({ id }) => id);
  for (const account of await liveAccountsOf(transaction, { userId: user.id, identityIds })) {
    const moved = await moveToPendingRevocation(deps, transaction, account, "admin", by.actor);
    if (!moved) continue;
    await writeAudit(transaction, {
      action: "disconnect",
      ...by,
      userId: account.userId,
      identityId: moved.account.identityId,
      provider: account.provider,
      detail: { reason: "admin" },
    });
  }
  for (const pending of await pendingConnectsOf(transaction, { userId: user.id, identityIds })) {
    await dropConnect(deps, transaction, { pending, outcome: "cancelled", by });
  }
  await removeConnectLinksOf(transaction, user.id);
  await endSessionsOf(transaction, user.id);
  await endDelegationsOf(transaction, user.id);
  await endPassesOf(transaction, user.id);
  await endScopedTokens(deps, transaction, { userId: user.id });
  await endSyncsAs(transaction, user.id);
  return identities;
}
