import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { admitLargeBodies, byNetwork } from "../../src/http/large-bodies.ts";
import { sendProblem, toProblem } from "../../src/http/problem.ts";
import { webhookRoutes } from "../../src/webhooks/intake.ts";

let server: FastifyInstance;
let stored: number;
let goOn: () => void;

beforeEach(async () => {
  stored = 0;
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  server = Fastify({ forceCloseConnections: true, trustProxy: true });
  server.setErrorHandler((error: Error, request, reply) => sendProblem(request, reply, toProblem(error)));
  const room = { small: 100, unsaid: 1_000, whole: 3_000, perOwner: 2_000, patienceMs: 100 };
  webhookRoutes(server, {
    receivers: [{ provider: "github", secretVariable: "WEBHOOK_SECRET", verifySignature: async () => true }],
    async storeDelivery() {
      stored++;
      await gate;
    },
    wakeHandlers() {},
    countAttempt: async () => {},
    admitLargeBodies: (scope) => admitLargeBodies(scope, room, byNetwork),
  });
  await server.ready();
});
afterEach(async () => {
  goOn();
  await server.close();
});

function deliver(from: string, characters: number, more: Record<string, string> = {}) {
  const headers = {
    ...more,
    "content-type": "application/json",
    "x-forwarded-for": from,
    "x-hub-signature-256": "sha256=x",
    "x-github-event": "push",
    "x-github-delivery": "1",
  };
  const payload = JSON.stringify({ filler: "x".repeat(characters) });
  return server.inject({ method: "POST", url: "/api/github/webhooks", headers, payload });
}

test("large deliveries of one network wait for its share, and leave room for others and for small ones", async () => {
  const two = [deliver("198.51.100.1", 900), deliver("198.51.100.1", 900)];
  await expect.poll(() => stored).toBe(2);
  const third = await deliver("198.51.100.1", 900);
  expect(third.statusCode).toBe(429);
  expect(third.headers["retry-after"]).toBeDefined();
  expect(third.json()).toMatchObject({ code: "rate_limited" });
  const others = [deliver("198.51.100.1", 10), deliver("198.51.100.2", 900)];
  await expect.poll(() => stored).toBe(4);
  goOn();
  expect((await Promise.all([...two, ...others])).map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 202]);
  expect((await deliver("198.51.100.1", 900)).statusCode).toBe(202);
});

test("deliveries that don't say how large they are don't fill a share each", async () => {
  const chunked = { "transfer-encoding": "chunked" };
  const two = [deliver("198.51.100.1", 10, chunked), deliver("198.51.100.1", 10, chunked)];
  await expect.poll(() => stored).toBe(2);
  expect((await deliver("198.51.100.1", 10, chunked)).statusCode).toBe(429);
  goOn();
  expect((await Promise.all(two)).map(({ statusCode }) => statusCode)).toEqual([202, 202]);
});
