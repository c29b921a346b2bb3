import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What comes may take as long as it takes, as long as something comes. */
    takesLong?: boolean;
  }
}

/**
 * Ends connections whose request has not come whole in time. Node's own limit knows no difference between a form and a
 * push of a gigabyte.
 * @param limits.wholeMs for most routes
 * @param limits.idleMs for those that take long: how long nothing may be sent either way
 */
export function limitUploadTime(server: FastifyInstance, limits = { wholeMs: 120_000, idleMs: 10 * 60_000 }): void {
  server.addHook("onRequest", async (request, reply) => {
    const { socket } = request.raw;
    const { raw } = request;
    if (request.routeOptions.config.takesLong) {
      raw.setTimeout(limits.idleMs, () => socket.destroy());
      return;
    }
    const hasBody = Number(raw.headers["content-length"] ?? 0) > 0 || raw.headers["transfer-encoding"] !== undefined;
    if (!hasBody) return;
    const late = setTimeout(() => {
      if (!raw.complete) socket.destroy();
    }, limits.wholeMs);
    late.unref();
    // What was answered before it came whole must still come to its end.
    reply.raw.once("close", () => {
      if (raw.complete) clearTimeout(late);
    });
  });
}
