import type { Queryable } from "../../store/database.ts";
import { assignIdentity, findIdentity } from "../../store/identities.ts";
import { endSessionsOf } from "../../store/sessions.ts";
import { type IdentityKey, keysOf } from "./same-person.ts";

/**
 * Lets a person sign in as another user from now on, with each App of the same GitHub. Their sessions as the one before
 * end: nobody can sign in as that one with these identities again.
 */
export async function takeOverIdentities(
  transaction: Queryable,
  person: { key: IdentityKey; from: string; to: string },
): Promise<void> {
  const { key, from, to } = person;
  await endSessionsOf(transaction, from);
  for (const each of keysOf(key)) {
    const identity = await findIdentity(transaction, each);
    if (identity?.userId === from) await assignIdentity(transaction, identity.id, to);
  }
}
