import type { Queryable } from "../../store/database.ts";
import { readUserIdentity } from "../../store/identities.ts";
import { findUser, parseUserReference } from "../../store/users.ts";
import { noreplyAddress, personName } from "./person-name.ts";

/**
 * Who asked for an action, as the audit log keeps it: the user's id for a reference to a user, so that no login and no
 * provider's number outlives an erasure there; whatever else the platform wrote as it stands.
 */
export async function requester(database: Queryable, requestedBy: string | undefined): Promise<string | undefined> {
  const reference = requestedBy === undefined ? null : parseUserReference(requestedBy);
  if (!reference) return requestedBy;
  return (await findUser(database, reference))?.id ?? requestedBy;
}

/** Who asked for an action, as a commit's message says it: by name where they are known, else as the platform wrote. */
export async function requesterInWords(
  database: Queryable,
  requestedBy: string | undefined,
): Promise<string | undefined> {
  const reference = requestedBy === undefined ? null : parseUserReference(requestedBy);
  const user = reference && (await findUser(database, reference));
  const identity = user && (await readUserIdentity(database, user.id, "github"));
  return identity ? `${personName(identity)} <${noreplyAddress(identity)}>` : requestedBy;
}
