import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { boundedFetch } from "../../src/providers/outgoing.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  stops.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return `http://127.0.0.1:${address.port}/`;
}

/** The whole process stands still, timers and sockets with it. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test.each([
  ["nothing", () => {}],
  ["headers alone", (response: { write(text: string): void }) => response.write("{")],
])("a provider that answers %s in time is unreachable", async (_what, begin) => {
  const url = await serve((_request, response) => begin(response));
  await expect(boundedFetch(fetch, 50)(url)).rejects.toMatchObject({ kind: "unreachable" });
});

test("an answer that came while the process stood still is read, although the deadline has passed meanwhile", async () => {
  const url = await serve((_request, response) => {
    response.end("a rotated pair");
    // The answer is in the socket, and nobody has read it.
    standStill(400);
  });
  const answer = await boundedFetch(fetch, 50)(url);
  expect(await answer.text()).toBe("a rotated pair");
});

test("an answer that is too large is none", async () => {
  const url = await serve((_request, response) => response.end(Buffer.alloc(9 * 1024 * 1024)));
  await expect(boundedFetch(fetch)(url)).rejects.toMatchObject({ kind: "garbled" });
});
