import { writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { endDelegation as endStored } from "../../store/delegations.ts";

/**
 * Ends a delegation: every request that starts after this returned is refused, on every replica.
 * @param delegation.userId the person who ends it; without it an operator does
 * @returns false when there was none in force
 */
export async function endDelegation(
  deps: { database: Database },
  delegation: { id: string; userId?: string },
): Promise<boolean> {
  return deps.database.transaction(async (transaction) => {
    const ended = await endStored(transaction, delegation);
    if (!ended) return false;
    await writeAudit(transaction, {
      action: "delegation.end",
      actor: delegation.userId ? "user" : "operator",
      ...ended,
      detail: { delegation: delegation.id },
    });
    return true;
  });
}
