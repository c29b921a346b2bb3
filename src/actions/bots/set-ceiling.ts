import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { Scope } from "../../store/authority.ts";
import { holdBot, storeCeiling } from "../../store/ceilings.ts";
import type { Database } from "../../store/database.ts";
import { listOffers, withdrawOffer } from "../../store/offers.ts";
import { readScope } from "../delegations/read-scope.ts";
import { isWithin } from "../delegations/require-within.ts";

/**
 * Sets the most that anybody can delegate to a bot. What was delegated before is cut by it from the next request on, on
 * every replica. An offer that goes further is withdrawn.
 * @param change.ceiling null: no limit
 * @returns whether an offer was withdrawn
 * @throws DelegationFault naming the field; Problem `not_found`
 */
export async function setCeiling(
  deps: { database: Database },
  change: { botId: string; ceiling: Scope | null; by: DecidedBy },
): Promise<{ withdrawn: boolean }> {
  const ceiling = change.ceiling && readScope(change.ceiling);
  return deps.database.transaction(async (transaction) => {
    const bot = await holdBot(transaction, change.botId, { change: true });
    if (!bot) throw new Problem("not_found", "There is no live bot of that id.");
    await storeCeiling(transaction, { id: bot.id, ceiling });
    await writeAudit(transaction, {
      ...change.by,
      action: "bot.ceiling",
      botId: bot.id,
      detail: ceiling ? { ...ceiling } : { limited: false },
    });
    const offers = (await listOffers(transaction)).filter(({ botId }) => botId === bot.id);
    const beyond = offers.filter((offer) => !isWithin(ceiling, offer));
    for (const offer of beyond) {
      await withdrawOffer(transaction, offer);
      await writeAudit(transaction, {
        ...change.by,
        action: "bot.offer_withdraw",
        botId: bot.id,
        provider: offer.provider,
        detail: { offer: offer.id },
      });
    }
    return { withdrawn: beyond.length > 0 };
  });
}
