import { Problem } from "../../errors.ts";
import { configuredAdmins, isAdmin } from "../../store/admins.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { createExternalUser, findUser, parseUserReference, type Role, type User } from "../../store/users.ts";

export interface PutUser {
  user: User & { externalId: string; role: Role };
  created: boolean;
}

/**
 * Makes sure that there is a user whom the platform calls so. One who was deactivated stays it.
 * @param request.user the reference `ext.ID`, percent-encoded
 * @throws Problem `bad_request` for any other reference
 */
export async function putUser(
  deps: { database: Database; adminUsers: readonly string[] },
  request: { user: string; by: DecidedBy },
): Promise<PutUser> {
  const reference = parseUserReference(request.user);
  if (reference?.kind !== "ext") {
    const says = "A platform creates users under its own ids: PUT /api/v1/users/ext.ID, with the ID percent-encoded.";
    throw new Problem("bad_request", says);
  }
  const externalId = reference.value;
  const { user, created } = await deps.database.transaction(async (transaction) => {
    const made = await createExternalUser(transaction, externalId);
    if (made) await writeAudit(transaction, { action: "user.create", ...request.by, userId: made.id });
    const found = made ?? (await findUser(transaction, reference));
    if (!found) throw new Error("a user that was there is gone");
    return { user: found, created: made !== null };
  });
  const admin = await isAdmin(deps.database, user.id, configuredAdmins(deps.adminUsers));
  return { user: { ...user, externalId, role: admin ? "admin" : user.role }, created };
}
