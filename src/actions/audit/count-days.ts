import { activityErrand, countHour, firstUncounted, removeOldDays } from "../../store/activity-days.ts";
import type { Database } from "../../store/database.ts";
import { claimErrand, endErrand, renewErrand } from "../../store/errands.ts";

const hourMs = 3_600_000;
/** An event is stored when its transaction ends, with the time at which that began. */
const settledMs = 600_000;

/** Counts the audit events of the hours that are over, so that no page has to. One replica at a time does it. */
export async function countDays(deps: { database: Database }, stopped: () => boolean): Promise<void> {
  const { database } = deps;
  const errand = await claimErrand(database, { name: activityErrand, takeOver: false });
  if (!errand) return;
  // After a long pause days lie between that nobody is shown any more.
  const first = await firstUncounted(database);
  const begin = first && errand.doneUntil && errand.doneUntil > first ? errand.doneUntil : first;
  let kept = true;
  for (
    let hour = begin;
    hour && kept && !stopped() && hour.getTime() + hourMs + settledMs <= errand.now.getTime();
    hour = new Date(hour.getTime() + hourMs)
  ) {
    const next = hour;
    kept =
      (await renewErrand(database, errand)) &&
      (await database.transaction((transaction) => countHour(transaction, errand, next)));
  }
  if (!kept) return;
  await removeOldDays(database);
  await endErrand(database, errand, { againInSeconds: stopped() ? 0 : 300, doneUntil: null });
}
