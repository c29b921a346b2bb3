import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Lets a stop wait for requests and for nothing else. Node closes what is idle at that moment, but waits a minute for a
 * connection that has yet to ask (browsers open some in advance) and for one that is kept alive after its last answer.
 */
export function endConnectionsAtStop(server: FastifyInstance): void {
  /** With the number of requests under way on each. */
  const connections = new Map<Socket, number>();
  let closing = false;
  server.server.on("connection", (socket) => {
    if (closing) {
      socket.destroy();
      return;
    }
    connections.set(socket, 0);
    socket.once("close", () => connections.delete(socket));
  });
  server.server.on("request", ({ socket }, response) => {
    connections.set(socket, (connections.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const left = (connections.get(socket) ?? 1) - 1;
      if (connections.has(socket)) connections.set(socket, left);
      if (closing && left === 0) socket.destroySoon();
    });
  });
  server.addHook("preClose", async () => {
    closing = true;
    for (const [socket, underWay] of connections) if (underWay === 0) socket.destroy();
  });
}
