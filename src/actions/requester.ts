import type { Queryable } from "../store/database.ts";
import { findUser, parseUserReference } from "../store/users.ts";

/**
 * Who asked for an action, as the audit log keeps it: the user's id for a reference to a user, so that no login and no
 * provider's number outlives an erasure there; whatever else the platform wrote as it stands.
 */
export async function requester(database: Queryable, requestedBy: string | undefined): Promise<string | undefined> {
  const reference = requestedBy === undefined ? null : parseUserReference(requestedBy);
  if (!reference) return requestedBy;
  return (await findUser(database, reference))?.id ?? requestedBy;
}
