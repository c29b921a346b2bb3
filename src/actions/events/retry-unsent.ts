import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { retryEvents } from "../../store/events/unsent-events.ts";

/**
 * Has an event that has failed, or waits for its next try, sent now, or all of them.
 * @param request.id null: all
 * @returns how many there were
 * @throws Problem `not_found` for one that was sent
 */
export async function retryUnsent(
  deps: { database: Database },
  request: { id: string | null; by: DecidedBy },
): Promise<number> {
  const { id, by } = request;
  return deps.database.transaction(async (transaction) => {
    const count = await retryEvents(transaction, id);
    if (id !== null && count === 0) throw new Problem("not_found", "No event of that id is left to send.");
    if (count > 0) await writeAudit(transaction, { action: "event.retry", ...by, detail: { event: id, count } });
    return count;
  });
}
