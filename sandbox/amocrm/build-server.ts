import { setTimeout as sleep } from "node:timers/promises";
import formbody from "@fastify/formbody";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { Fault } from "../http/faults.ts";
import { sendApiProblem } from "./problem.ts";
import { bearerOf, routeApi } from "./routes/api.ts";
import { routeAuthorize } from "./routes/authorize.ts";
import { routeSettings } from "./routes/settings.ts";
import { routeToken } from "./routes/token.ts";
import type { AmocrmWorld, RecordedCall } from "./world.ts";

/** The whole HTTP surface of every host, without listening. */
export async function buildServer(world: AmocrmWorld): Promise<FastifyInstance> {
  const server = fastify({ forceCloseConnections: true });
  await server.register(formbody);
  observe(server, world);
  routeAuthorize(server, world);
  routeToken(server, world);
  routeApi(server, world);
  routeSettings(server, world);
  server.setNotFoundHandler((_request, reply) => sendApiProblem(reply, 404, "Not found"));
  return server;
}

/** Records what is asked of it, counts what an integration sends, and lets the faults happen. */
function observe(server: FastifyInstance, world: AmocrmWorld): void {
  const seen = new WeakMap<FastifyRequest, { call: RecordedCall; fault?: Fault | undefined }>();

  server.addHook("preHandler", async (request, reply) => {
    const [path = ""] = request.url.split("?", 1);
    const call: RecordedCall = { method: request.method, host: request.host, path, status: 0 };
    const pair = bearerOf(world, request);
    if (pair) call.as = `${pair.accountId}:${pair.userId}`;
    world.calls.push(call);
    // What an integration sends; the rest is for people.
    const counted = /^\/(api|oauth2)\//.test(path);
    const fault = counted
      ? world.faults.take({ method: call.method, path, operations: [grantOf(request)], login: call.as ?? null })
      : undefined;
    seen.set(request, { call, fault });
    if (fault?.delayMs) await sleep(fault.delayMs);
    if (fault?.dropBefore) {
      reply.hijack();
      request.raw.socket.destroy();
      return reply;
    }
    if (fault?.respond) {
      const { status, body, headers = {} } = fault.respond;
      return reply
        .code(status)
        .headers(headers)
        .send(body ?? "");
    }
    const limited = counted ? world.limit.take() : null;
    return limited ? sendApiProblem(reply, limited, "Too many requests") : undefined;
  });

  server.addHook("onSend", async (request, reply, payload) => {
    const observed = seen.get(request);
    if (observed?.fault?.dropAfterHandling) request.raw.socket.destroy();
    else if (observed) observed.call.status = reply.statusCode;
    return payload;
  });
}

/** `exchange` or `refresh` at the token endpoint. */
function grantOf({ body }: FastifyRequest): string {
  if (typeof body !== "object" || body === null || !("grant_type" in body)) return "";
  return body.grant_type === "refresh_token" ? "refresh" : "exchange";
}
