import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLog } from "../../src/log.ts";
import { forwardDeliveries } from "../../src/webhooks/forward-deliveries.ts";
import { type SmeeChannel, startSmeeChannel } from "../harness/smee-channel.ts";
import { startStack } from "../harness/stack.ts";

interface Received {
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

const received: Received[] = [];
const lines: string[] = [];
const log = createLog({ level: "debug" }, { write: (line) => void lines.push(line) });
const target = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  received.push({ path: request.url, headers: request.headers, body });
  response.writeHead(200).end();
});
const undo: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  received.length = 0;
  lines.length = 0;
  target.listen(0, "127.0.0.1");
  await once(target, "listening");
});
afterEach(async () => {
  for (const release of undo.splice(0).reverse()) await release();
  target.close();
  target.closeAllConnections();
  await once(target, "close");
});

async function channelTo(options: Parameters<typeof startSmeeChannel>[0] = {}): Promise<SmeeChannel> {
  const channel = await startSmeeChannel(options);
  undo.push(channel.close);
  const address = target.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const forwarding = forwardDeliveries(
    { log, fetch: globalThis.fetch },
    {
      source: channel.url,
      targets: new Map([
        [1, `http://127.0.0.1:${port}/api/github/webhooks`],
        [2, `http://127.0.0.1:${port}/api/github-lite/webhooks`],
      ]),
      retryAfterMs: 20,
    },
  );
  undo.push(forwarding.stop);
  return channel;
}

const signed = (body: string) => `sha256=${createHmac("sha256", "secret").update(body).digest("hex")}`;

/** What GitHub posts to the channel. */
async function deliver(channel: SmeeChannel, body: string, app?: string): Promise<Received> {
  await channel.heard();
  await fetch(channel.url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-github-event": "ping",
      "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
      "x-hub-signature-256": signed(body),
      authorization: "Bearer not-ours",
      ...(app === undefined ? {} : { "x-github-hook-installation-target-id": app }),
    },
  });
  return vi.waitUntil(() => received.at(0));
}

test("a delivery keeps its signature, its id and its event, and brings no other header along", async () => {
  const body = JSON.stringify({ zen: "Größe ist 5 < 6 – „ja“ 🎉", nested: { list: [1, 2.5, null, true] } });
  const { headers, body: got } = await deliver(await channelTo(), body);
  expect(got).toBe(body);
  expect(headers["x-hub-signature-256"]).toBe(signed(got));
  expect(headers["x-github-event"]).toBe("ping");
  expect(headers["x-github-delivery"]).toBe("72d3162e-cc78-11e3-81ab-4c9367dc0958");
  for (const name of ["authorization", "timestamp", "query", "body", "rawdata"]) expect(headers[name]).toBeUndefined();
});

test.each(["rawdata", "rawbody"] as const)("where a channel hands on %s, it is taken as it is", async (raw) => {
  const body = '{ "url": "https:\\/\\/example.com",\n "text": "\\u003cb\\u003e" }';
  const { headers, body: got } = await deliver(await channelTo({ raw }), body);
  expect(got).toBe(body);
  expect(headers["x-hub-signature-256"]).toBe(signed(got));
});

test.each([
  ["1", "/api/github/webhooks"],
  ["2", "/api/github-lite/webhooks"],
  ["3", "/api/github/webhooks"],
  [undefined, "/api/github/webhooks"],
])("a delivery of the App %s comes to %s", async (app, path) => {
  expect((await deliver(await channelTo(), "{}", app)).path).toBe(path);
});

test("a lost connection is made again", async () => {
  const channel = await channelTo();
  await channel.heard();
  channel.drop();
  expect((await deliver(channel, "{}")).body).toBe("{}");
});

test("an answer that is no channel's is said in the log, and the channel is tried again", async () => {
  const channel = await channelTo({ refused: true });
  await vi.waitUntil(() => lines.some((line) => line.includes("does not answer as a smee channel does")));
  channel.refuse(false);
  expect((await deliver(channel, "{}")).body).toBe("{}");
});

test("with WEBHOOK_PROXY_URL an end of an authorisation at GitHub arrives through the channel", async () => {
  const channel = await startSmeeChannel();
  undo.push(channel.close);
  const stack = await startStack({ environment: { WEBHOOK_PROXY_URL: channel.url } });
  undo.push(stack.stop);
  const { userId } = await stack.connect("ada");
  stack.sandbox.setWebhookUrl(channel.url);
  await channel.heard();
  await stack.sandbox.revokeGrant("ada");
  const state = async () => {
    const query = "SELECT state FROM user_external_accounts WHERE user_id = $1";
    return (await stack.database.query<{ state: string }>({ text: query, values: [userId] })).rows[0]?.state;
  };
  await vi.waitUntil(async () => (await state()) === "revoked", { timeout: 10_000 });
});
