import { request as send } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readJsonBodies } from "../../src/http/json-body.ts";
import { admitLargeBodies } from "../../src/http/large-bodies.ts";
import { sendProblem, toProblem } from "../../src/http/problem.ts";
import { createRoom, type Leave } from "../../src/http/room.ts";

describe("a room", () => {
  const options = { whole: 10, perOwner: 6, patienceMs: 100 };
  const tell = (entering: Promise<Leave>) => {
    const seen: { leave?: Leave; code?: unknown } = {};
    entering.then(
      (leave) => Object.assign(seen, { leave }),
      (error) => Object.assign(seen, { code: error.code }),
    );
    return seen;
  };

  test("lets in what fits, then who waits longest", async () => {
    const room = createRoom(options);
    const leave = await room.enter("a", 6);
    await room.enter("b", 3);
    const large = tell(room.enter("c", 5));
    const small = tell(room.enter("d", 1));
    await wait(10);
    expect([large.leave, small.leave]).toEqual([undefined, undefined]);
    leave();
    leave();
    await wait(10);
    expect([large.leave, small.leave]).toEqual([expect.any(Function), expect.any(Function)]);
    expect(tell(room.enter("e", 2)).leave).toBeUndefined();
  });

  test("makes nobody wait for who fills their own share", async () => {
    const room = createRoom(options);
    await room.enter("a", 6);
    const more = tell(room.enter("a", 1));
    expect(await room.enter("b", 4)).toEqual(expect.any(Function));
    expect(more.leave).toBeUndefined();
  });

  test("turns away who has waited for too long, and lets in who stood behind them", async () => {
    const room = createRoom(options);
    const leave = await room.enter("a", 5);
    const large = tell(room.enter("b", 6));
    await wait(50);
    const behind = tell(room.enter("c", 5));
    await wait(90);
    expect([large.code, behind.leave]).toEqual(["rate_limited", expect.any(Function)]);
    leave();
    behind.leave?.();
    // What is larger than a share takes all of it.
    expect(await room.enter("b", 100)).toEqual(expect.any(Function));
  });
});

describe("a large body", () => {
  let server: FastifyInstance;
  let url: string;
  let inside: number;
  let goOn: () => void;

  beforeEach(async () => {
    server = Fastify({ forceCloseConnections: true });
    server.setErrorHandler((error: Error, request, reply) => sendProblem(request, reply, toProblem(error)));
    admitLargeBodies(server, { small: 100, whole: 2_000, perOwner: 1_000, patienceMs: 300 });
    readJsonBodies(server);
    inside = 0;
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    server.post("/", async () => {
      inside++;
      await gate;
      return {};
    });
    url = await server.listen({ host: "127.0.0.1", port: 0 });
  });
  afterEach(async () => {
    goOn();
    await server.close();
  });

  const authorization = (bot: string) => `Bearer ob_${bot.padEnd(43, "x")}`;
  const post = async (bot: string, body = JSON.stringify("x".repeat(800))) =>
    fetch(url, {
      method: "POST",
      body,
      headers: { authorization: authorization(bot), "content-type": "application/json" },
    });

  test("waits while its bot has another one at work, and others don't", async () => {
    const first = [post("a"), post("b"), post("a", "{}")];
    await expect.poll(() => inside).toBe(3);
    const refused = await post("a");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
    expect(await refused.json()).toMatchObject({ code: "rate_limited" });
    const waits = post("a");
    goOn();
    expect((await Promise.all([...first, waits])).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  test("that can't be read leaves at once", async () => {
    for (let count = 0; count < 5; count++) expect((await post("a", "x".repeat(800))).status).toBe(400);
    goOn();
    expect((await post("a")).status).toBe(200);
  });

  test.each(["before it is whole", "while it is worked on"])("whose sender goes away %s", async (when) => {
    const body = JSON.stringify("x".repeat(800));
    const headers = { authorization: authorization("a"), "content-type": "application/json", "content-length": 802 };
    const request = send(url, { method: "POST", headers });
    request.on("error", () => undefined);
    const gone = new Promise((closed) => request.once("close", closed));
    const early = when === "before it is whole";
    request.write(early ? body.slice(0, 10) : body);
    await (early ? wait(50) : expect.poll(() => inside).toBe(1));
    request.destroy();
    await gone;
    await wait(50);
    // What is worked on still takes its room.
    if (!early) expect((await post("a")).status).toBe(429);
    goOn();
    expect((await post("a")).status).toBe(200);
  });
});
