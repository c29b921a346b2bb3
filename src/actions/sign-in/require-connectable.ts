import type { Profile } from "../../grant.ts";
import type { Provider } from "../../providers/provider.ts";
import type { Account } from "../../store/accounts/account.ts";
import { lockUserAccount } from "../../store/accounts/read-account.ts";
import { grantIsEnding } from "../../store/accounts/revocation-state.ts";
import type { Queryable } from "../../store/database.ts";
import type { Lookup } from "../../store/erasure/lookup-keys.ts";
import { findIdentity, holdPerson, type Identity, saveIdentity } from "../../store/identities.ts";
import { lockUser, userIsVacant } from "../../store/users.ts";
import { ConnectRefusal } from "./connect-refusal.ts";
import { requireActiveUser, requireNoTombstone } from "./require-admitted.ts";
import { userElsewhere } from "./same-person.ts";

export interface Connectable {
  identity: Identity;
  /** The user's account at that provider as it is, locked. */
  before: Account | null;
  /** Whom the identity signed in as until now, where a link takes it over. */
  takenFrom: string | null;
}

/**
 * Whether what a provider granted can become the user's account. Saves who the person is, and holds the user, the
 * identity and the account for the rest of the transaction.
 * @param wish.byLink a link also takes an identity that signs in as a user who is nothing but that (contract, Sign-in
 *   and connect)
 * @throws ConnectRefusal `identity_in_use`, `different_identity`, `revocation_running`, `user_deactivated`
 */
export async function requireConnectable(
  transaction: Queryable,
  lookup: Lookup,
  wish: { userId: string; provider: Provider; profile: Profile; byLink: boolean },
): Promise<Connectable> {
  const { userId, provider, profile } = wish;
  const { login } = profile;
  const person = { provider: provider.id, profile };
  const takenFrom = wish.byLink ? await otherUserOf(transaction, userId, person) : null;
  // Users before identities, and users in one order: a deactivation locks so, too.
  for (const id of [userId, ...(takenFrom ? [takenFrom] : [])].sort()) {
    if (id === userId) await requireActiveUser(transaction, userId, person);
    else await lockUser(transaction, id);
  }
  const key = { provider: provider.id, providerUid: profile.uid };
  await holdPerson(transaction, key);
  const identity = await saveIdentity(transaction, provider.id, profile);
  await requireNoTombstone(transaction, lookup, person);
  if (await grantIsEnding(transaction, identity.id)) throw new ConnectRefusal("revocation_running");
  const owner = identity.userId ?? (await userElsewhere(transaction, key));
  if (owner && owner !== userId) {
    const vacant = owner === takenFrom && (await userIsVacant(transaction, takenFrom));
    if (!vacant) throw new ConnectRefusal("identity_in_use", { login });
  }
  const before = await lockUserAccount(transaction, { userId, provider: provider.id });
  if (before && before.state !== "revoked" && before.identityId !== identity.id) {
    throw new ConnectRefusal("different_identity", { login });
  }
  return { identity, before, takenFrom: owner === userId ? null : owner };
}

async function otherUserOf(
  transaction: Queryable,
  userId: string,
  { provider, profile }: { provider: string; profile: Profile },
): Promise<string | null> {
  const key = { provider, providerUid: profile.uid };
  const owner = (await findIdentity(transaction, key))?.userId ?? (await userElsewhere(transaction, key));
  return owner === userId ? null : owner;
}
