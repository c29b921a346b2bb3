import { listDeliveryAttempts, requestDelivery } from "../github/app-deliveries.ts";
import type { AppInstallation } from "../github/app-installation.ts";
import type { GithubClient } from "../github/client.ts";
import type { Log } from "../log.ts";
import type { Database } from "../store/database.ts";
import { knownDeliveries } from "../store/deliveries.ts";
import { claimErrand, finishErrand } from "../store/errands.ts";

const errand = "failed deliveries of github";
/** GitHub keeps deliveries for three days (facts/github.md, 7). */
const keptMs = 3 * 24 * 3600 * 1000;
/** An attempt can be listed some time after it was made. */
const overlapMs = 10 * 60 * 1000;
/** What failed so often is not asked for any more; a person can still send it again at GitHub. */
const mostAttempts = 10;

/**
 * Asks GitHub for the deliveries that failed while we were away, and has them sent again: it never does so by itself.
 * One replica at a time does it; what is stored already is not asked for.
 */
export async function requestFailedDeliveries(
  deps: { database: Database; client: GithubClient; app: AppInstallation; log: Log },
  stopped: () => boolean,
): Promise<void> {
  const claimed = await claimErrand(deps.database, errand, 120);
  if (!claimed) return;
  const now = claimed.now.getTime();
  const since = new Date(Math.max(now - keptMs, (claimed.doneUntil?.getTime() ?? 0) - overlapMs));
  const jwt = await deps.app.jwt();
  const attempts = await listDeliveryAttempts(deps, jwt, since);
  const byDelivery = Map.groupBy(attempts, ({ deliveryId }) => deliveryId);
  const failed = [...byDelivery].filter(
    ([, tries]) => tries.length < mostAttempts && !tries.some(({ succeeded }) => succeeded),
  );
  const known = await knownDeliveries(deps.database, {
    provider: "github",
    deliveryIds: failed.map(([deliveryId]) => deliveryId),
  });
  // The oldest first, as they happened.
  const wanted = failed.filter(([deliveryId]) => !known.has(deliveryId)).toReversed();
  for (const [, [latest]] of wanted) {
    if (stopped()) return;
    if (latest) await requestDelivery(deps, jwt, latest.id);
  }
  if (wanted.length > 0) deps.log.info({ count: wanted.length }, "deliveries that failed are sent again");
  await finishErrand(deps.database, errand, claimed.now);
}
