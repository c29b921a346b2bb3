import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback } from "../../config/loopback.ts";
import { Problem } from "../../errors.ts";
import type { Metrics } from "../../metrics/create-metrics.ts";
import { createObserver } from "../observe.ts";
import type { CountAttempt } from "../rate-limits.ts";

type ObserverDeps = Parameters<typeof createObserver>[0];

/**
 * `/metrics`, in Prometheus' text format. Without a token only this machine may read it; everybody else finds no such
 * page. Headers such as `X-Forwarded-For` don't count: who asks is whoever opened the connection.
 */
export function metricsRoutes(
  scope: FastifyInstance,
  deps: ObserverDeps & { metrics: Metrics; metricsToken: string | null; countAttempt: CountAttempt },
): void {
  const observe = createObserver(deps);
  scope.get("/metrics", async (request, reply) => {
    await requireReader(deps, request);
    reply.header("cache-control", "no-store").type(deps.metrics.type);
    return deps.metrics.show(await observe());
  });
}

/** @throws Problem `not_found`, `key_missing`, `key_invalid`, `rate_limited` */
async function requireReader(
  deps: { metricsToken: string | null; countAttempt: CountAttempt },
  request: FastifyRequest,
): Promise<void> {
  const { metricsToken, countAttempt } = deps;
  if (metricsToken === null) {
    if (isLocal(request)) return;
    throw new Problem("not_found", "onbehalf has no page and no route at this address.");
  }
  const [, given] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (given !== undefined && same(given, metricsToken)) return;
  await countAttempt(request);
  if (given === undefined) throw new Problem("key_missing", "Send METRICS_TOKEN as Authorization: Bearer TOKEN.");
  throw new Problem("key_invalid", "This is not the METRICS_TOKEN that onbehalf was started with.");
}

/**
 * A proxy on this machine has a local address, too, but it says for whom it asks: what it brings is from outside.
 */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  const brought = headers["x-forwarded-for"] ?? headers.forwarded ?? headers["x-real-ip"] ?? headers.via;
  const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return brought === undefined && (address === "::1" || isLoopback(address));
}

/** In a time that doesn't tell how much of it is right. */
function same(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash("sha256").update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}
