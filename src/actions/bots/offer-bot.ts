import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { Scope } from "../../store/authority.ts";
import { holdBot } from "../../store/ceilings.ts";
import type { Database } from "../../store/database.ts";
import { createOffer, withdrawOffer } from "../../store/offers.ts";
import { readScope } from "../delegations/read-scope.ts";
import { requireWithin } from "../delegations/require-within.ts";

/**
 * Offers a bot to everybody who connects from now on, in place of an offer from before. Each person sees it before they
 * connect, and can refuse it; who is connected already gets nothing by it.
 * @throws DelegationFault naming the field; Problem `not_found`
 */
export async function offerBot(
  deps: { database: Database },
  offered: { botId: string; provider: string; scope: Scope; by: DecidedBy },
): Promise<string> {
  const { botId, provider, by } = offered;
  const scope = readScope(offered.scope);
  return deps.database.transaction(async (transaction) => {
    const bot = await holdBot(transaction, botId, { change: true });
    if (!bot) throw new Problem("not_found", "There is no live bot of that id.");
    requireWithin(bot, scope);
    await withdrawOffer(transaction, { botId, provider });
    const id = await createOffer(transaction, { botId, provider, ...scope });
    await writeAudit(transaction, { ...by, action: "bot.offer", botId, provider, detail: { offer: id, ...scope } });
    return id;
  });
}
