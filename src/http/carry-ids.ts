import type { FastifyInstance } from "fastify";
import { type RequestIds, requestIdHeader } from "../request-ids.ts";

/** Whatever a request begins is done under its id, which is answered, too. */
export function carryIds(server: FastifyInstance, { requestIds }: { requestIds: RequestIds }): void {
  server.addHook("onRequest", (request, _reply, next) => requestIds.run(request.id, next));
  // A body comes in events of its connection, which belong to no request.
  server.addHook("preValidation", (request, _reply, next) => requestIds.run(request.id, next));
  server.addHook("onSend", async (request, reply) => {
    reply.header(requestIdHeader, request.id);
  });
}
