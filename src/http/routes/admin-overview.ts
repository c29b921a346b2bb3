import type { FastifyInstance } from "fastify";
import { readAttributionDays, shownDays } from "../../store/activity-days.ts";
import { countAccounts, type QueueState, readQueues } from "../../store/observe.ts";
import { readRefreshFailures } from "../../store/refresh-failure-days.ts";
import { type AccountState, stateLabels } from "../../views/account-words.ts";
import { type AdminQueue, adminOverviewPage } from "../../views/admin-overview.ts";
import type { Series } from "../../views/charts/series.ts";
import { adminSession } from "../admin-session.ts";
import type { HttpDeps } from "../deps.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";

const states: readonly AccountState[] = ["active", "limited", "pending", "revoked"];
const attributions = new Map([
  ["user", "In a person’s name"],
  ["app", "In the app’s name"],
]);
const queueNames: Record<QueueState["queue"], Pick<AdminQueue, "name" | "href" | "parkedWords">> = {
  deliveries: { name: "Deliveries that came in", href: "/admin/deliveries", parkedWords: "failed" },
  events: { name: "Events for the platform", href: "/admin/deliveries?list=out-failed", parkedWords: "failed" },
  audit: { name: "Events for the audit stream", href: "/admin/audit", parkedWords: "failed" },
  pending_revocations: { name: "Revocations", href: "/admin/revocations", parkedWords: "unconfirmed" },
};

/** The admins' first page. It counts what indexes and counts by day hold, and nothing of it grows with the log. */
export function adminOverviewRoutes(page: FastifyInstance, deps: HttpDeps): void {
  page.get("/admin", async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    const { database } = deps;
    const [days, accounts, actions, failures, queues] = await Promise.all([
      shownDays(database),
      countAccounts(database),
      readAttributionDays(database),
      readRefreshFailures(database),
      readQueues(database),
    ]);
    const nameOf = (provider: string) => deps.providers.get(provider)?.name ?? provider;
    const providers = [...new Set(accounts.map(({ provider }) => provider))].sort();
    const ofState = (state: string) =>
      providers.map(
        (provider) => accounts.find((each) => each.provider === provider && each.state === state)?.count ?? 0,
      );
    const view = adminOverviewPage({
      viewer: viewerOf(session),
      days,
      providers: providers.map(nameOf),
      // What is over is no kind beside the others: it has the colour of none.
      accounts: states.map((state) => ({
        name: stateLabels[state],
        counts: ofState(state),
        rest: state === "revoked",
      })),
      actions: byDay(days, actions, ({ attribution }) => attributions.get(attribution) ?? attribution),
      failures: byDay(days, failures, ({ provider }) => nameOf(provider)),
      queues: Object.entries(queueNames).map(([queue, names]) => ({ ...names, ...depthOf(queues, queue) })),
    });
    return sendPage(reply, view);
  });
}

/** One series for each name, with a count for each day. */
function byDay<Row extends { day: string; events: number }>(
  days: readonly string[],
  rows: readonly Row[],
  nameOf: (row: Row) => string,
): Series[] {
  return [...Map.groupBy(rows, nameOf)].map(([name, of]) => ({
    name,
    counts: days.map((day) => of.reduce((sum, row) => sum + (row.day === day ? row.events : 0), 0)),
  }));
}

function depthOf(queues: readonly QueueState[], queue: string): Omit<AdminQueue, "name" | "href" | "parkedWords"> {
  const of = queues.filter((each) => each.queue === queue);
  const waiting = of.find(({ state }) => state === "waiting");
  const parked = of.find(({ state }) => state !== "waiting");
  return { waiting: waiting?.count ?? 0, oldestSeconds: waiting?.oldestSeconds ?? 0, parked: parked?.count ?? 0 };
}
