import { endPendingRevocations } from "../actions/accounts/end-pending-revocations.ts";
import { keepAccountsAlive } from "../actions/accounts/keep-accounts-alive.ts";
import type { TokenDeps } from "../actions/accounts/refreshing.ts";
import type { ReadLog } from "../actions/acting/read-log.ts";
import { countDays } from "../actions/audit/count-days.ts";
import { createSink } from "../actions/audit-stream/sink.ts";
import { streamAudit } from "../actions/audit-stream/stream-audit.ts";
import { endExpiredConnects } from "../actions/connect-links/end-expired-connects.ts";
import { createDeliveryHandling, type Handle } from "../actions/deliveries/handle-deliveries.ts";
import { type RequestDeps, requestFailedDeliveries } from "../actions/deliveries/request-failed-deliveries.ts";
import { createEventSending, type EventDeps } from "../actions/events/send-events.ts";
import { removeLeftMirrors } from "../actions/repositories/remove-left-mirrors.ts";
import type { SyncDeps } from "../actions/repositories/sync-deps.ts";
import { createSyncing } from "../actions/repositories/sync-due.ts";
import { searchAllErased } from "../actions/users/search-erased.ts";
import type { AuditSinkConfig } from "../config/audit-sink.ts";
import type { Retention } from "../config/retention.ts";
import { hastenRevocations } from "../store/accounts/revocation-state.ts";
import { endScopedTokens } from "../store/accounts/scoped-tokens.ts";
import { removeOldComments } from "../store/answered-comments.ts";
import { removeOldAudit } from "../store/audit-stream.ts";
import { removeOldCommits } from "../store/commits.ts";
import { removeOldConnectLinks } from "../store/connect-links.ts";
import { endExpiredDelegations } from "../store/delegations.ts";
import { removeOldDeliveries } from "../store/deliveries.ts";
import { eventsDue, removeOldEvents } from "../store/events/events.ts";
import { removeStrangers } from "../store/identities.ts";
import { removeOldPasses } from "../store/passes.ts";
import { repositoriesDue } from "../store/repositories.ts";
import { removeOldRequests } from "../store/requested-deliveries.ts";
import { removeExpired } from "../store/sessions.ts";
import { removeOldSyncs } from "../store/syncs.ts";
import { removeInBatches } from "./remove-in-batches.ts";
import { type Job, repeat } from "./repeat.ts";

export interface Jobs {
  /** There is a delivery to handle. */
  wakeHandlers(): void;
  /** Deliveries can come in: from now on GitHub is asked for those that failed. */
  listening(): void;
  /** Lets running turns finish, and starts no other. Handlers have 20 s, then their deliveries are handed over. */
  stop(): Promise<void>;
}

/** Of the 30 s that orchestrators commonly give a process, so that what was renewed meanwhile can still be written. */
const handlersMs = 20_000;

/** What runs in the background. The tables are the queues; each row is claimed by one replica at a time. */
export function startJobs(
  deps: TokenDeps &
    RequestDeps &
    SyncDeps & {
      handleDelivery: Handle;
      reads: ReadLog;
      fetch: EventDeps["fetch"];
      events: EventDeps["events"] | null;
      auditSink: AuditSinkConfig | null;
      retention: Retention;
    },
): Jobs {
  let hastened = false;
  const revocations = repeat(deps, { name: "pending revocations", everyMs: 2_000 }, async (stopped) => {
    if (!hastened) await hastenRevocations(deps.database);
    hastened = true;
    await deps.database.transaction((transaction) => endScopedTokens(deps, transaction, "expired"));
    await endExpiredConnects(deps, stopped);
    await endPendingRevocations(deps, stopped);
  });
  const handling = createDeliveryHandling(deps, () => handlers.wake());
  // Whoever stores a delivery wakes its own handlers; the pause is for what failed, and for what a dead replica left.
  const handlers: Job = repeat(deps, { name: "deliveries", everyMs: 2_000 }, () => handling.begin());
  const cleaning = repeat(deps, { name: "remove what has expired", everyMs: 600_000 }, async (stopped) => {
    const { database, retention } = deps;
    await removeExpired(deps.database);
    await removeOldConnectLinks(deps.database);
    await removeStrangers(deps.database);
    await removeOldCommits(deps.database);
    const deliveries = { days: retention.deliveriesDays };
    await removeInBatches((batch) => removeOldDeliveries(database, { ...deliveries, ...batch }), stopped);
    await removeOldRequests(deps.database);
    await removeOldPasses(deps.database);
    const runs = { days: retention.syncsDays };
    await removeInBatches((batch) => removeOldSyncs(database, { ...runs, ...batch }), stopped);
    const audit = { days: retention.auditDays };
    if (audit.days > 0) {
      const removed = await removeInBatches((batch) => removeOldAudit(database, { ...audit, ...batch }), stopped);
      if (removed > 0) deps.log.info({ removed, ...audit }, "audit events were removed, as AUDIT_DAYS has it");
    }
    await removeOldComments(deps.database);
    await removeOldEvents(deps.database);
    await removeLeftMirrors(deps);
  });
  // Looked at more often than it is due: a replica that did it may be gone.
  const accounts = repeat(deps, { name: "accounts", everyMs: 5_000 }, (stopped) => keepAccountsAlive(deps, stopped));
  const erasures = repeat(deps, { name: "erasures", everyMs: 30_000 }, (stopped) => searchAllErased(deps, stopped));
  const syncing = createSyncing(deps, () => syncs.wake());
  const syncs: Job = repeat(deps, { name: "repositories", everyMs: 2_000 }, () => syncing.begin());
  const unheard = deps.changes.on(repositoriesDue, () => syncs.wake());
  const reads = repeat(deps, { name: "what was read", everyMs: 1_000 }, () => deps.reads.flush());
  const expiries = repeat(deps, { name: "permissions' ends", everyMs: 15_000 }, () =>
    endExpiredDelegations(deps.database),
  );
  const counts = repeat(deps, { name: "counts by day", everyMs: 60_000 }, (stopped) => countDays(deps, stopped));
  const jobs: Job[] = [revocations, handlers, accounts, cleaning, erasures, syncs, reads, expiries, counts];
  const sending = deps.events && createEventSending({ ...deps, events: deps.events }, () => sends?.wake());
  const sends: Job | null = sending && repeat(deps, { name: "events", everyMs: 2_000 }, () => sending.begin());
  const unsent = deps.changes.on(eventsDue, () => sends?.wake());
  if (deps.auditSink) {
    const sink = createSink(deps, deps.auditSink);
    const stream = (stopped: () => boolean) => streamAudit({ ...deps, sink }, stopped);
    jobs.push(repeat(deps, { name: "audit stream", everyMs: 1_000 }, stream));
  }
  let stopping: Promise<void> | undefined;
  return {
    wakeHandlers: handlers.wake,
    listening() {
      for (const provider of deps.apps.keys()) {
        let asked = false;
        // Looked at more often than it is due: a replica that did it may be gone.
        const turn = async (stopped: () => boolean) => {
          asked = (await requestFailedDeliveries(deps, { provider, atStart: !asked, stopped })) || asked;
        };
        jobs.push(repeat(deps, { name: `failed deliveries of ${provider}`, everyMs: 30_000 }, turn));
      }
    },
    stop() {
      const handled = async () => {
        await handlers.stop();
        await handling.finish(handlersMs);
      };
      const sent = async () => {
        await sends?.stop();
        await sending?.finish();
      };
      unheard();
      unsent();
      stopping ??= Promise.all([...jobs.map((job) => job.stop()), handled(), sent(), syncing.finish()]).then(() => {});
      return stopping;
    },
  };
}
