import type { TokenDeps } from "../actions/accounts/refreshing.ts";
import { Problem } from "../errors.ts";
import { type NewDelivery, storeDeliveries } from "../store/deliveries.ts";

/** Stores a delivery; it is in the database when this resolves. */
export type StoreDelivery = (delivery: NewDelivery) => Promise<void>;

/** How many share a statement at the most, and how many characters of payload. */
const mostTogether = 100;
const mostText = 8 * 1024 * 1024;
/** How many statements run at once: while they do, those that come in gather for the next one. */
const lanes = 2;

interface Waiting {
  delivery: NewDelivery;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Stores deliveries so that under load several share a transaction: whoever comes while one is written waits for the
 * next one. A delivery that comes alone waits for nobody.
 */
export function storeInBatches(deps: Pick<TokenDeps, "database" | "keyring">): StoreDelivery {
  let waiting: Waiting[] = [];
  let running = 0;

  const takeBatch = (): Waiting[] => {
    let text = 0;
    const full = waiting.findIndex(({ delivery }, index) => {
      text += delivery.payload.length;
      return index > 0 && (index === mostTogether || text > mostText);
    });
    const batch = full === -1 ? waiting : waiting.slice(0, full);
    waiting = waiting.slice(batch.length);
    return batch;
  };

  const write = async () => {
    running++;
    while (waiting.length > 0) {
      const batch = takeBatch();
      try {
        await storeDeliveries(deps, distinct(batch.map(({ delivery }) => delivery)));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // Who waited for a database that is away must not wait for it once more: the answer is due within 5 s.
        const away = error instanceof Problem && error.code === "database_unavailable";
        const told = away ? [...batch, ...waiting.splice(0)] : batch;
        for (const { reject } of told) reject(error);
      }
    }
    running--;
  };

  return (delivery) =>
    new Promise((resolve, reject) => {
      waiting.push({ delivery, resolve, reject });
      if (running < lanes) void write();
    });
}

/** One statement can't touch a row twice, and a delivery that came twice is one delivery. */
function distinct(deliveries: NewDelivery[]): NewDelivery[] {
  return [...new Map(deliveries.map((delivery) => [`${delivery.provider} ${delivery.deliveryId}`, delivery])).values()];
}
