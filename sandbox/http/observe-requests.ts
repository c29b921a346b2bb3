import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { githubNow } from "../world/clock.ts";
import type { World } from "../world/world.ts";
import { readCaller } from "./caller.ts";
import type { Fault, Faults } from "./faults.ts";
import { readOperations } from "./operations.ts";
import { type RecordedRequest, record } from "./request-log.ts";

interface Observed {
  entry: RecordedRequest;
  fault?: Fault | undefined;
}

/** Records every request, adds the latency, and lets the faults happen. */
export function observeRequests(
  server: FastifyInstance,
  world: World,
  { log, faults, latencyMs }: { log: RecordedRequest[]; faults: Faults; latencyMs: number },
): void {
  const observed = new WeakMap<FastifyRequest, Observed>();

  server.addHook("onRequest", async (request, reply) => {
    const entry: RecordedRequest = { method: request.method, path: pathOf(request), status: 0, at: Date.now() };
    const agent = request.headers["user-agent"];
    if (agent) entry.agent = agent;
    const sentId = request.headers["x-request-id"];
    if (typeof sentId === "string") entry.requestId = sentId;
    observed.set(request, { entry });
    record(log, entry);
    reply.header("x-github-request-id", requestId());
    reply.header("date", new Date(githubNow(world)).toUTCString());
  });

  server.addHook("preHandler", async (request, reply) => {
    const seen = observed.get(request);
    if (!seen) return;
    const { entry } = seen;
    const operations = readOperations(entry.path, request.body);
    if (operations[0]) entry.operation = operations[0];
    const as = callerName(world, request);
    if (as) entry.as = as;
    seen.fault = faults.take({ method: entry.method, path: entry.path, operations, login: as ?? null });
    const wait = latencyMs + (seen.fault?.delayMs ?? 0);
    if (wait > 0) await sleep(wait);
    if (seen.fault?.dropBefore) {
      reply.hijack();
      request.raw.socket.destroy();
      return reply;
    }
    const { respond } = seen.fault ?? {};
    if (!respond) return;
    reply.code(respond.status).headers(respond.headers ?? {});
    return reply.send(respond.body ?? "");
  });

  server.addHook("onSend", async (request, reply, payload) => {
    const seen = observed.get(request);
    if (!seen) return payload;
    if (seen.fault?.dropAfterHandling) request.raw.socket.destroy();
    else seen.entry.status = reply.statusCode;
    return payload;
  });

  // Git's answers are streamed past Fastify.
  server.addHook("onResponse", async (request, reply) => {
    const seen = observed.get(request);
    if (seen?.entry.status === 0 && !seen.fault?.dropAfterHandling) seen.entry.status = reply.raw.statusCode;
  });
}

function pathOf(request: FastifyRequest) {
  return request.url.split("?", 1)[0] ?? "";
}

function requestId() {
  return randomBytes(16)
    .toString("hex")
    .toUpperCase()
    .replace(/^(.{4})(.{5})/, "$1:$2:");
}

/** The name of whoever's token, refresh token or code a request carries. */
function callerName(world: World, request: FastifyRequest): string | undefined {
  const caller = readCaller(world, request.headers.authorization);
  if (caller.kind === "user") return caller.person.login;
  if (caller.kind === "app" || caller.kind === "installation") return caller.kind;
  const { body } = request;
  if (typeof body !== "object" || body === null) return undefined;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const [carried] = world.apps.flatMap(
    ({ userTokens, codes }) =>
      ("refresh_token" in body && userTokens.byRefresh(text(body.refresh_token))) ||
      ("code" in body && codes.find(text(body.code))) ||
      ("access_token" in body && userTokens.byAccess(text(body.access_token))) ||
      [],
  );
  return carried ? world.people.byId(carried.personId)?.login : undefined;
}
