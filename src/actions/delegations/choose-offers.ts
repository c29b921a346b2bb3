import { writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { endAccepted } from "../../store/delegations.ts";
import { botsOfOffers, listOpenOffers } from "../../store/offers.ts";
import { addRefusals } from "../../store/refusals.ts";
import { lockUser } from "../../store/users.ts";

/**
 * Takes what a person chose among the offers that they were shown before they leave for the provider. A refusal holds
 * from now on, whatever becomes of the connect, and for whatever is offered of that bot later.
 * @param choice.shown ids of offers, as the page had them
 * @param choice.refused those of them that the person does not want
 * @returns the offers that become delegations when the person connects
 */
export async function chooseOffers(
  deps: { database: Database },
  choice: { userId: string; provider: string; shown: readonly string[]; refused: readonly string[] },
): Promise<string[]> {
  const { userId, provider, shown, refused } = choice;
  if (shown.length + refused.length === 0) return [];
  return deps.database.transaction(async (transaction) => {
    // A connect in another tab waits, or has been first: then what it accepted is ended.
    await lockUser(transaction, userId);
    const botIds = await botsOfOffers(transaction, { ids: refused, provider });
    await addRefusals(transaction, { userId, provider, botIds });
    for (const botId of botIds) {
      await writeAudit(transaction, { action: "delegation.refuse", actor: "user", userId, botId, provider });
    }
    for (const { id, botId } of await endAccepted(transaction, { userId, provider, botIds })) {
      const ended = { userId, botId, provider, detail: { delegation: id } };
      await writeAudit(transaction, { action: "delegation.end", actor: "user", ...ended });
    }
    const open = await listOpenOffers(transaction, { userId, provider });
    return open.filter(({ id }) => shown.includes(id)).map(({ id }) => id);
  });
}
