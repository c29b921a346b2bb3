import type { FastifyInstance } from "fastify";
import type { ProblemCode } from "../errors.ts";
import type { Counts, Moved } from "../metrics/counts.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** With which problem it was answered. */
    problem: ProblemCode | null;
  }
}

/** Counts every request once it is answered. */
export function countRequests(server: FastifyInstance, { metrics }: { metrics: Counts }): void {
  server.decorateRequest("problem", null);
  server.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions, problem } = request;
    if (problem) metrics.refused(problem);
    const seconds = reply.elapsedTime / 1000;
    metrics.answered({ method, route: routeOptions.url, status: reply.statusCode, seconds });
  });
}

/** Counts what moves through a scope's routes, as its callers' connections count it: heads and bodies. */
export function countBytes(scope: FastifyInstance, { metrics }: { metrics: Counts }, surface: Moved["surface"]): void {
  const before = new WeakMap<object, { read: number; written: number }>();
  const latest = new WeakMap<object, number>();
  scope.addHook("onRequest", async ({ raw: { socket } }) => {
    // What was read until now holds this request's head, and may hold some of its body.
    before.set(socket, { read: latest.get(socket) ?? 0, written: socket.bytesWritten });
  });
  scope.addHook("onResponse", async ({ raw: { socket } }) => {
    const began = before.get(socket);
    if (!began) return;
    latest.set(socket, socket.bytesRead);
    metrics.moved({ surface, received: socket.bytesRead - began.read, sent: socket.bytesWritten - began.written });
  });
}
