import type { GithubProvider } from "../../config/github-app.ts";
import { type DeliveryAttempt, listDeliveryAttempts, requestDelivery } from "../../github/app-deliveries.ts";
import type { GithubClient } from "../../github/client.ts";
import { type GithubApps, githubApp } from "../../github/github-apps.ts";
import type { Log } from "../../log.ts";
import type { Database } from "../../store/database.ts";
import { claimErrand, type Errand, endErrand, renewErrand } from "../../store/errands.ts";
import { missingDeliveries, noteDeliveryRequest } from "../../store/requested-deliveries.ts";

/** What asking for failed deliveries takes. */
export interface RequestDeps {
  database: Database;
  client: GithubClient;
  apps: GithubApps;
  log: Log;
}

type OneApp = RequestDeps & { provider: GithubProvider };

const everySeconds = 180;
/** GitHub keeps deliveries for three days (facts/github.md, 7). */
const keptMs = 3 * 24 * 3600 * 1000;
/** An attempt may be listed some time after it was made. */
const overlapMs = 10 * 60 * 1000;
/** A hundred attempts each: no more of them than that are looked at in one go. */
const mostPages = 1000;

/**
 * Asks GitHub for the deliveries that failed while we were away, and has them sent again: it never does so by itself.
 * One replica at a time does it, and none sooner than three minutes after another one did. What is stored already is
 * not asked for, and nothing more than ten times.
 * @param turn.provider of which App's deliveries
 * @param turn.atStart done whenever it was done before: what was missed while this replica started is due at once
 * @returns whether this replica did it
 */
export async function requestFailedDeliveries(
  deps: RequestDeps,
  turn: { provider: GithubProvider; atStart: boolean; stopped: () => boolean },
): Promise<boolean> {
  const { provider } = turn;
  const name = `failed deliveries of ${provider}`;
  const errand = await claimErrand(deps.database, { name, takeOver: turn.atStart });
  if (!errand) return false;
  let doneUntil: Date | null = null;
  try {
    if (await requestSinceLast({ ...deps, provider }, errand, turn.stopped)) doneUntil = errand.now;
  } finally {
    await endErrand(deps.database, errand, { againInSeconds: everySeconds, doneUntil });
  }
  return true;
}

/** @returns whether all was looked at and asked for */
async function requestSinceLast(deps: OneApp, errand: Errand, stopped: () => boolean): Promise<boolean> {
  const { provider } = deps;
  const app = githubApp(deps, provider);
  const goesOn = async () => !stopped() && (await renewErrand(deps.database, errand));
  const now = errand.now.getTime();
  const since = new Date(Math.max(now - keptMs, (errand.doneUntil?.getTime() ?? 0) - overlapMs));
  const attempts = await attemptsSince(deps, since, goesOn);
  if (!attempts) return false;

  const failed = [...Map.groupBy(attempts, ({ deliveryId }) => deliveryId)]
    .filter(([, tries]) => !tries.some(({ succeeded }) => succeeded))
    .toReversed(); // the oldest first, as they happened
  const latest = new Map(failed.map(([deliveryId, [first]]) => [deliveryId, first]));
  const wanted = await missingDeliveries(deps.database, { provider, deliveryIds: [...latest.keys()] });
  let count = 0;
  for (const deliveryId of wanted) {
    const attempt = latest.get(deliveryId);
    if (!attempt) continue;
    if (!(await goesOn())) return false;
    await noteDeliveryRequest(deps.database, { provider, deliveryId });
    const status = await requestDelivery(deps, await app.jwt(), attempt.id);
    if (status === 202) count++;
    else deps.log.warn({ provider, delivery: deliveryId, status }, "GitHub does not send a failed delivery again");
  }
  if (count > 0) deps.log.info({ provider, count }, "deliveries that failed are sent again");
  return true;
}

/** The youngest first; null when it was broken off. */
async function attemptsSince(
  deps: OneApp,
  since: Date,
  goesOn: () => Promise<boolean>,
): Promise<DeliveryAttempt[] | null> {
  const { provider } = deps;
  const app = githubApp(deps, provider);
  const found: DeliveryAttempt[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    if (!(await goesOn())) return null;
    const { attempts, next } = await listDeliveryAttempts(deps, await app.jwt(), cursor);
    found.push(...attempts.filter(({ at }) => at >= since));
    const last = attempts.at(-1);
    if (!next || next === cursor || !last || last.at < since) return found;
    cursor = next;
  }
  deps.log.warn({ provider, attempts: found.length }, "GitHub lists more deliveries than are looked at");
  return found;
}
