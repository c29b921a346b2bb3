import { isGithubProvider } from "../../config/github-app.ts";
import type { Profile } from "../../grant.ts";
import type { Queryable } from "../../store/database.ts";
import type { Lookup } from "../../store/erasure/lookup-keys.ts";
import { findTombstone, identityHash } from "../../store/erasure/tombstones.ts";
import { holdActiveUser } from "../../store/users.ts";
import { ConnectRefusal } from "./connect-refusal.ts";
import { keysOf } from "./same-person.ts";

interface Person {
  provider: string;
  profile: Profile;
}

/**
 * Refuses an identity with a tombstone, and one of a person who has a tombstone at another App of the same GitHub. Within a transaction call it when the identity's row is locked: an erasure that
 * goes on meanwhile is then over or waits.
 * @throws ConnectRefusal `user_deactivated`
 */
export async function requireNoTombstone(database: Queryable, lookup: Lookup, person: Person): Promise<void> {
  for (const key of keysOf({ provider: person.provider, providerUid: person.profile.uid })) {
    if (await findTombstone(database, identityHash(lookup, key))) throw userEnded(person);
  }
}

/**
 * Holds a user for the rest of the transaction, before anything else is locked: one who was deactivated or erased since
 * the person left for the provider gets no account and no session.
 * @throws ConnectRefusal `user_deactivated`
 */
export async function requireActiveUser(transaction: Queryable, userId: string, person: Person): Promise<void> {
  if (!(await holdActiveUser(transaction, userId))) throw userEnded(person);
}

/** The person is told their own number, which an admin needs to let them in again. It isn't kept. */
export function userEnded({ provider, profile }: Person): ConnectRefusal {
  const reference = isGithubProvider(provider) ? `gh.${profile.uid}` : undefined;
  return new ConnectRefusal("user_deactivated", { login: profile.login, reference });
}
