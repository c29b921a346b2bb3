import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Lets a stop wait for requests and for nothing else. Node closes what is idle at that moment, but waits a minute for a
 * connection that has yet to ask (browsers open some in advance) and for one that is kept alive after its last answer.
 * @param uploadMs how long a request that has not come whole when the stop begins may take to do so
 */
export function endConnectionsAtStop(server: FastifyInstance, uploadMs = 10_000): void {
  /** With the requests under way on each. */
  const connections = new Map<Socket, Set<IncomingMessage>>();
  let closing = false;
  server.server.on("connection", (socket) => {
    if (closing) {
      socket.destroy();
      return;
    }
    connections.set(socket, new Set());
    socket.once("close", () => connections.delete(socket));
  });
  server.server.on("request", (request, response) => {
    const { socket } = request;
    const underWay = connections.get(socket);
    underWay?.add(request);
    response.once("close", () => {
      underWay?.delete(request);
      if (closing && !underWay?.size) socket.destroySoon();
    });
  });
  server.addHook("preClose", async () => {
    closing = true;
    for (const [socket, underWay] of connections) if (underWay.size === 0) socket.destroy();
    setTimeout(() => {
      for (const [socket, underWay] of connections) {
        if ([...underWay].some(({ complete }) => !complete)) socket.destroy();
      }
    }, uploadMs).unref();
  });
}
