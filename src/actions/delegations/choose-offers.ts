import type { Database } from "../../store/database.ts";
import { listOpenOffers } from "../../store/offers.ts";
import { lockUser } from "../../store/users.ts";
import { refuseOffers } from "./refuse-offers.ts";

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
    await refuseOffers(transaction, { userId, provider, offerIds: refused });
    const open = await listOpenOffers(transaction, { userId, provider });
    return open.filter(({ id }) => shown.includes(id)).map(({ id }) => id);
  });
}
