import { writeAudit } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { createDelegation } from "../../store/delegations.ts";
import { listOpenOffers } from "../../store/offers.ts";

/**
 * Makes delegations of the offers that a person was shown before they connected, in the transaction of the connect. One
 * that was withdrawn or replaced meanwhile is not among them, nor one of a bot that the person has decided about since.
 */
export async function acceptOffers(
  transaction: Queryable,
  accepted: { userId: string; provider: string; offerIds: readonly string[] },
): Promise<void> {
  const { userId, provider, offerIds } = accepted;
  if (offerIds.length === 0) return;
  for (const offer of await listOpenOffers(transaction, { userId, provider, among: offerIds })) {
    const { botId, repositories, branches, capabilities } = offer;
    const scope = { repositories, branches, capabilities };
    const id = await createDelegation(transaction, {
      ...scope,
      userId,
      botId,
      provider,
      endsAt: null,
      grantedBy: "offer",
    });
    await writeAudit(transaction, {
      action: "delegation.grant",
      actor: "user",
      userId,
      botId,
      provider,
      detail: { delegation: id, offer: offer.id, ...scope, until: null },
    });
  }
}
