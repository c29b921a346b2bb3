import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { withdrawOffer as withdrawStored } from "../../store/offers.ts";

/**
 * Offers a bot no more. The permissions of those who accepted stay theirs.
 * @returns false: it was not offered
 */
export async function withdrawOffer(
  deps: { database: Database },
  offer: { botId: string; provider: string; by: DecidedBy },
): Promise<boolean> {
  const { botId, provider, by } = offer;
  return deps.database.transaction(async (transaction) => {
    const withdrawn = await withdrawStored(transaction, { botId, provider });
    if (withdrawn === null) return false;
    await writeAudit(transaction, {
      ...by,
      action: "bot.offer_withdraw",
      botId,
      provider,
      detail: { offer: withdrawn },
    });
    return true;
  });
}
