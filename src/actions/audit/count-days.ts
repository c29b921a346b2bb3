import { activityErrand, countHour, nextUncounted, removeOldDays } from "../../store/activity-days.ts";
import type { Database } from "../../store/database.ts";
import { claimErrand, endErrand } from "../../store/errands.ts";
import { countRefreshFailures, removeOldRefreshFailures } from "../../store/refresh-failure-days.ts";

const hourMs = 3_600_000;
/** An event is stored when its transaction ends, with the time at which that began. */
const settledMs = 600_000;

/** Counts the audit events of the hours that are over, so that no page has to. One replica at a time does it. */
export async function countDays(deps: { database: Database }, stopped: () => boolean): Promise<void> {
  const { database } = deps;
  const errand = await claimErrand(database, { name: activityErrand, takeOver: false });
  if (!errand) return;
  for (let from = errand.doneUntil; !stopped(); ) {
    const hour = await nextUncounted(database, from);
    if (!hour || hour.getTime() + hourMs + settledMs > errand.now.getTime()) break;
    const counted = await database.transaction(async (transaction) => {
      if (!(await countHour(transaction, errand, hour))) return false;
      await countRefreshFailures(transaction, hour);
      return true;
    });
    if (!counted) return;
    from = new Date(hour.getTime() + hourMs);
  }
  await removeOldDays(database);
  await removeOldRefreshFailures(database);
  await endErrand(database, errand, { againInSeconds: stopped() ? 0 : 300, doneUntil: null });
}
