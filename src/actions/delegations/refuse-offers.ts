import { writeAudit } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { endAccepted } from "../../store/delegations.ts";
import { botsOfOffers } from "../../store/offers.ts";
import { addRefusals } from "../../store/refusals.ts";

/**
 * Refuses the bots of these offers for a user, whose row the caller's transaction has locked. What was accepted of them
 * in another tab ends.
 */
export async function refuseOffers(
  transaction: Queryable,
  refused: { userId: string; provider: string; offerIds: readonly string[] },
): Promise<void> {
  const { userId, provider, offerIds } = refused;
  if (offerIds.length === 0) return;
  const botIds = await botsOfOffers(transaction, { ids: offerIds, provider });
  await addRefusals(transaction, { userId, provider, botIds });
  for (const botId of botIds) {
    await writeAudit(transaction, { action: "delegation.refuse", actor: "user", userId, botId, provider });
  }
  for (const { id, botId } of await endAccepted(transaction, { userId, provider, botIds })) {
    const ended = { userId, botId, provider, detail: { delegation: id } };
    await writeAudit(transaction, { action: "delegation.end", actor: "user", ...ended });
  }
}
