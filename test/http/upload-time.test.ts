import { once } from "node:events";
import { connect } from "node:net";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import Fastify from "fastify";
import { afterEach, expect, test } from "vitest";
import { limitUploadTime } from "../../src/http/upload-time.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of undo.splice(0).reverse()) await release();
});

/** A connection to a server that answers what it was sent, and one that answers without reading it. */
async function connection(limits: { wholeMs: number; idleMs: number }) {
  const server = Fastify({ requestTimeout: 0 });
  limitUploadTime(server, limits);
  server.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  server.post<{ Body: Readable }>("/usual", ({ body }) => text(body));
  server.post<{ Body: Readable }>("/long", { config: { takesLong: true } }, ({ body }) => text(body));
  server.post<{ Body: Readable }>("/refusing", async ({ body }) => {
    await once(body, "readable");
    return "no";
  });
  const { port } = new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
  undo.push(() => server.close());
  const socket = connect(Number(port), "127.0.0.1");
  undo.push(() => socket.destroy());
  let received = "";
  socket.on("data", (data) => {
    received += data;
  });
  const closed = once(socket, "close");
  const began = once(server.server, "request");
  return {
    began,
    closed,
    received: () => received,
    post: (path: string, part: string) =>
      socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: a/b\r\ncontent-length: 8\r\n\r\n${part}`),
    more: (part: string) => socket.write(part),
  };
}

test("a request that does not come whole in time is ended", async () => {
  const { post, closed, received } = await connection({ wholeMs: 30, idleMs: 60_000 });
  post("/usual", "half");
  await closed;
  expect(received()).toBe("");
});

test("so is one that was answered before", async () => {
  const { post, closed, received } = await connection({ wholeMs: 30, idleMs: 60_000 });
  post("/refusing", "half");
  await closed;
  expect(received()).toContain("no");
});

test("one that may take long is ended when nothing comes any more", async () => {
  const { post, closed, received } = await connection({ wholeMs: 60_000, idleMs: 30 });
  post("/long", "half");
  await closed;
  expect(received()).toBe("");
});

test("one that may take long takes as long as something comes", async () => {
  const { post, more, began, received } = await connection({ wholeMs: 0, idleMs: 60_000 });
  post("/long", "half");
  await began;
  await new Promise((resolve) => setTimeout(resolve, 20)); // longer than others may take
  more("more");
  await expect.poll(received).toContain("halfmore");
});
