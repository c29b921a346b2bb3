import { Problem } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { findUser, parseUserReference, type User } from "../../store/users.ts";

/**
 * The user whom a platform names, active or not.
 * @param purpose logins get re-registered, so one is enough to look somebody up and never to change anything
 * @throws Problem `bad_request`, `user_not_found`
 */
export async function namedUser(
  deps: { database: Database },
  reference: string,
  purpose: "look-up" | "change",
): Promise<User> {
  const named = parseUserReference(reference);
  if (!named || (named.kind === "login" && purpose === "change")) {
    const login =
      purpose === "change" ? 'Logins get re-registered, so "@login" only looks up.' : "@LOGIN also will do.";
    throw new Problem("bad_request", `Name the user by id, ext.ID (percent-encoded) or gh.NUMBER. ${login}`);
  }
  const user = await findUser(deps.database, named);
  if (!user) throw new Problem("user_not_found", "There is no user of that reference.");
  return user;
}
