import { githubProviders } from "../../config/github-app.ts";
import type { Keyring } from "../../crypto/keyring.ts";
import type { Queryable } from "../../store/database.ts";
import { readUserIdentity } from "../../store/identities.ts";
import { findUser, parseUserReference } from "../../store/users.ts";
import { findKnownUser } from "../users/find-known-user.ts";
import { noreplyAddress, personName } from "./person-name.ts";

/**
 * Who asked for an action, as the audit log keeps it: the user's id for a reference to a user, so that no login and no
 * provider's number outlives an erasure there, or comes back after one; whatever else the platform wrote as it stands.
 */
export async function requester(
  deps: { database: Queryable; keyring: Keyring },
  requestedBy: string | undefined,
): Promise<string | undefined> {
  const reference = requestedBy === undefined ? null : parseUserReference(requestedBy);
  if (!reference) return requestedBy;
  return (await findKnownUser(deps, reference)) ?? requestedBy;
}

/** Who asked for an action, as a commit's message says it: by name where they are known, else as the platform wrote. */
export async function requesterInWords(
  database: Queryable,
  requestedBy: string | undefined,
): Promise<string | undefined> {
  const reference = requestedBy === undefined ? null : parseUserReference(requestedBy);
  const user = reference && (await findUser(database, reference));
  for (const provider of user ? githubProviders : []) {
    const identity = user && (await readUserIdentity(database, user.id, provider));
    if (identity) return `${personName(identity)} <${noreplyAddress(identity)}>`;
  }
  return requestedBy;
}
