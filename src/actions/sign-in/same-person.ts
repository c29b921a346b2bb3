import { githubProviders, isGithubProvider } from "../../config/github-app.ts";
import type { Queryable } from "../../store/database.ts";
import { findIdentity, type Identity } from "../../store/identities.ts";

/** An identity, by its key. */
export interface IdentityKey {
  provider: string;
  providerUid: string;
}

/** The keys under which a person may be known: GitHub's number means the same person in each of its Apps. */
export function keysOf(person: IdentityKey): IdentityKey[] {
  const { provider, providerUid } = person;
  if (!isGithubProvider(provider)) return [person];
  return [person, ...githubProviders.filter((id) => id !== provider).map((id) => ({ provider: id, providerUid }))];
}

/** The user as whom a person signs in with another App of the same GitHub; null: there is none. */
export async function userElsewhere(database: Queryable, person: IdentityKey): Promise<string | null> {
  const [, ...others] = keysOf(person);
  const found: (Identity | null)[] = [];
  for (const key of others) found.push(await findIdentity(database, key));
  return found.find((identity) => identity?.userId)?.userId ?? null;
}
