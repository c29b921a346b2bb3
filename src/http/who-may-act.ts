import type { Provider } from "../providers/provider.ts";
import type { Database } from "../store/database.ts";
import { listDelegations } from "../store/delegations.ts";
import { listOpenOffers, type Offer } from "../store/offers.ts";

/** The bots that can act once this is connected: what is offered, and what the person has permitted. */
export async function whoMayActThen(
  deps: { database: Database },
  userId: string,
  provider: Provider,
): Promise<{ offers: Offer[]; permitted: string[] }> {
  const [offers, delegations] = await Promise.all([
    listOpenOffers(deps.database, { userId, provider: provider.id }),
    listDelegations(deps.database, { userId }),
  ]);
  const there = delegations.filter((delegation) => delegation.provider === provider.id);
  return { offers, permitted: [...new Set(there.map(({ botName }) => botName))] };
}
