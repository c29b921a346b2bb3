import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { retryParked } from "../../actions/deliveries/retry-parked.ts";
import { retryUnsent } from "../../actions/events/retry-unsent.ts";
import { listUnsentPage } from "../../store/events/unsent-events.ts";
import { deliveryCursor, listDeliveries } from "../../store/list-deliveries.ts";
import { type QueueState, readQueues } from "../../store/observe.ts";
import {
  type AdminDelivery,
  adminDeliveriesPage,
  type DeliveryList,
  deliveryLists,
} from "../../views/admin-deliveries.ts";
import type { Notice } from "../../views/notice.ts";
import { adminSession } from "../admin-session.ts";
import type { HttpDeps } from "../deps.ts";
import { cutPage } from "../list-pages.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";

const path = "/admin/deliveries";
const pageSize = 50;
const params = z.object({ id: z.uuid() });
const query = z.object({
  list: z.enum(deliveryLists).catch("in-failed"),
  after: z.string().max(60).optional().catch(undefined),
  done: z.coerce.number().int().min(0).optional().catch(undefined),
});

/** What came in and is not handled, and what is to be sent and is not taken. For admins. */
export function adminDeliveryRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const signIn = `/?return_to=${path}`;

  scope.get(path, { schema: { querystring: query } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    const { list, after = null, done } = request.query;
    const [found, queues] = await Promise.all([readList(deps, list, after), readQueues(deps.database)]);
    const { items, last } = cutPage(found, pageSize);
    const view = adminDeliveriesPage({
      viewer: viewerOf(session),
      list,
      counts: {
        "in-failed": countOf(queues, "deliveries", "failed"),
        "in-waiting": countOf(queues, "deliveries", "waiting"),
        "out-failed": countOf(queues, "events", "failed"),
        "out-waiting": countOf(queues, "events", "waiting"),
      },
      deliveries: items,
      first: after ? `${path}?list=${list}` : null,
      next: last ? `${path}?${new URLSearchParams({ list, after: last.cursor })}` : null,
      notice: noticeOf(done),
    });
    return sendPage(reply, view);
  });

  for (const [address, list, retry] of [
    [path, "in-failed", retryParked],
    [`${path}/events`, "out-failed", retryUnsent],
  ] as const) {
    scope.post(`${address}/:id/retry`, { schema: { params } }, async (request, reply) => {
      const session = await adminSession(deps, request, reply, signIn);
      if (!session) return reply;
      const by = { actor: "admin", requestedBy: session.userId } as const;
      const done = await retry(deps, { id: request.params.id, by });
      return reply.redirect(`${path}?list=${list}&done=${done}`, 303);
    });
    scope.post(`${address}/retry-all`, async (request, reply) => {
      const session = await adminSession(deps, request, reply, signIn);
      if (!session) return reply;
      const done = await retry(deps, { id: null, by: { actor: "admin", requestedBy: session.userId } });
      return reply.redirect(`${path}?list=${list}&done=${done}`, 303);
    });
  }
}

async function readList(
  deps: HttpDeps,
  list: DeliveryList,
  after: string | null,
): Promise<(AdminDelivery & { cursor: string })[]> {
  const limit = pageSize + 1;
  const nameOf = (provider: string) => deps.providers.get(provider)?.name ?? provider;
  if (list === "in-failed" || list === "in-waiting") {
    const state = list === "in-failed" ? "failed" : "received";
    const cursor = after && deliveryCursor.test(after) ? after : null;
    const found = await listDeliveries(deps.database, { state, after: cursor, limit });
    return found.map(({ provider, deliveryId, receivedAt, nextAttemptAt, ...delivery }) => ({
      ...delivery,
      about: nameOf(provider),
      reference: deliveryId,
      at: receivedAt,
      nextAttemptAt: state === "failed" ? null : nextAttemptAt,
    }));
  }
  const state = list === "out-failed" ? "failed" : "waiting";
  const cursor = after && /^\d{1,18}$/.test(after) ? after : null;
  const found = await listUnsentPage(deps.database, { state, after: cursor, limit });
  return found.map(({ type, provider, externalId, userId, occurredAt, sequence, ...event }) => ({
    ...event,
    event: type,
    about: `${externalId ?? userId} at ${nameOf(provider)}`,
    reference: event.id,
    at: occurredAt,
    cursor: sequence,
  }));
}

function countOf(queues: readonly QueueState[], queue: QueueState["queue"], state: QueueState["state"]): number {
  return queues.find((each) => each.queue === queue && each.state === state)?.count ?? 0;
}

function noticeOf(done: number | undefined): Notice | null {
  if (done === undefined) return null;
  if (done === 0) return { kind: "info", text: "There was nothing left to try again." };
  return { kind: "success", text: `${done === 1 ? "It is" : `${done} are`} tried again now.` };
}
