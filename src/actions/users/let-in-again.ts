import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { removeTombstones } from "../../store/erasure/tombstones.ts";
import { lockUser, setStatus } from "../../store/users.ts";

/**
 * Lets a deactivated user sign in again, with all their identities: they are active, with nothing connected and nothing
 * permitted. Of one who was erased nothing says whom this id meant: they are let in by their number.
 * @throws Problem `user_not_found`, `bad_request` for a user who is active, or erased
 */
export async function letInAgain(
  deps: { database: Database },
  request: { userId: string; by: DecidedBy },
): Promise<void> {
  const { userId, by } = request;
  await deps.database.transaction(async (transaction) => {
    const user = await lockUser(transaction, userId);
    if (!user) throw new Problem("user_not_found", "There is no user of that reference.");
    if (user.erased) throw new Problem("bad_request", "They were erased: let them in by their number at GitHub.");
    if (user.status === "active") throw new Problem("bad_request", "They are active: nothing keeps them out.");
    await removeTombstones(transaction, userId);
    await setStatus(transaction, userId, "active");
    await writeAudit(transaction, { action: "tombstone.lift", ...by, userId });
  });
}
