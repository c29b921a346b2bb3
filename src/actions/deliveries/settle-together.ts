import type { Database } from "../../store/database.ts";
import { settleDeliveries } from "../../store/deliveries.ts";

/** Notes that a delivery was handled; it is noted when this resolves. */
export type Settle = (id: string) => Promise<void>;

/** Whatever is handled while a statement runs shares the next one: each by itself would cost a commit of its own. */
export function settleTogether(database: Database): Settle {
  let next: { ids: string[]; done: Promise<void> } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return (id) => {
    if (!next) {
      const batch: string[] = [];
      const done = last.then(() => {
        next = undefined;
        return settleDeliveries(database, batch);
      });
      next = { ids: batch, done };
      last = done.catch(() => undefined);
    }
    next.ids.push(id);
    return next.done;
  };
}
