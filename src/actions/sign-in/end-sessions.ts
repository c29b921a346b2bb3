import { Problem } from "../../errors.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { endUserSessions, type WhichSessions } from "../../store/user-sessions.ts";

/**
 * Ends sessions of a person's own, at once on every replica.
 * @param of.current the session that asks
 * @returns whether it is among them
 * @throws Problem `not_found` where there is no such session of theirs (any more)
 */
export async function endSessions(
  deps: { database: Database },
  of: { userId: string; current: Buffer; which: WhichSessions },
): Promise<{ current: boolean }> {
  const ended = await deps.database.transaction(async (transaction) => {
    const ids = await endUserSessions(transaction, of);
    if (ids.length > 0) {
      const detail = { sessions: ids.length };
      await writeAudit(transaction, { action: "sign_out", actor: "user", userId: of.userId, detail });
    }
    return ids;
  });
  if (typeof of.which === "object" && ended.length === 0) {
    throw new Problem("not_found", "You have no session of that id, or it has ended already.");
  }
  return { current: ended.some((id) => id.equals(of.current)) };
}
