import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { calendar as calendarClient } from "@googleapis/calendar";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readMasterKeys } from "../../src/config/encryption-keys.ts";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { ProviderFailure } from "../../src/providers/failure.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { storeConnectedAccount } from "../../src/store/accounts/store-connected.ts";
import { createDelegation } from "../../src/store/delegations.ts";
import { type Stack, startStack } from "../harness/stack.ts";

/** What came to the provider's API. */
interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

let origin: string;
let other: string;
const servers: Server[] = [];
const seen: Seen[] = [];
let answerWith: (request: Seen, response: ServerResponse) => void = () => {};
let stack: Stack;
let bot: { id: string; key: string };
let ada: string;
const refreshed: string[] = [];

/** An API on loopback, which remembers what it was asked. */
async function startOrigin(): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, headers, body };
      seen.push(one);
      answerWith(one, response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

function calendar(): Provider {
  const never = () => Promise.reject(new Error("not in this test"));
  return {
    id: "calendar",
    name: "Calendar",
    settingsUrl: `${origin}/settings`,
    signIn: false,
    scopes: { asked: [], required: [], optional: [] },
    disconnectWarning: null,
    webOrigins: () => ({ pages: [], pictures: [] }),
    hooks: [],
    backgroundRefreshesPerMinute: 1,
    api: { origins: () => [origin, other], headers: (token) => ({ authorization: `Bearer ${token}` }) },
    authorizeUrl: async () => origin,
    exchange: never,
    identify: never,
    async refresh(token) {
      refreshed.push(token);
      if (token === "dead") throw new ProviderFailure("refused", "over");
      return { accessToken: "cal-2", refreshToken: "r-2", accessExpiresIn: 3600, refreshExpiresIn: null, scopes: [] };
    },
    check: async (token) => (token === "cal-1" && refreshed.length === 0 ? "dead" : "alive"),
    grantEnd: null,
    endToken: null,
  };
}

beforeAll(async () => {
  origin = await startOrigin();
  other = await startOrigin();
  stack = await startStack({ providers: [calendar()] });
  const { userId } = await stack.connect("ada");
  ada = userId;
  bot = await stack.bot("deploy-bot");
  const keyring = createKeyring(keysOf(stack.environment.ENCRYPTION_KEYS));
  const { rows } = await stack.database.query<{ id: string }>({
    text: "INSERT INTO identities (provider, provider_uid, user_id, login) VALUES ('calendar', '7', $1, 'ada') RETURNING id",
    values: [ada],
  });
  const pair = { accessToken: "cal-1", refreshToken: "r-1", accessExpiresIn: 3600, refreshExpiresIn: null, scopes: [] };
  await stack.database.transaction((transaction) =>
    storeConnectedAccount({ keyring }, transaction, {
      userId: ada,
      provider: "calendar",
      identityId: rows[0]?.id ?? "",
      state: "active",
      pair,
    }),
  );
  await createDelegation(stack.database, {
    userId: ada,
    botId: bot.id,
    provider: "calendar",
    repositories: ["*"],
    branches: ["*"],
    capabilities: ["api:read"],
    endsAt: null,
    grantedBy: "user",
  });
});
afterAll(async () => {
  await stack.stop();
  for (const server of servers) server.close();
});
beforeEach(() => {
  seen.length = 0;
  answerWith = (_request, response) => response.setHeader("set-cookie", "a=b").end('{"ok":true}');
});

function keysOf(text = "") {
  const [first] = readMasterKeys({ ENCRYPTION_KEYS: text }, (fault) => expect.unreachable(fault));
  if (!first) throw new Error("no key");
  return [first] as const;
}

const call = (
  path: string,
  options: { method?: string; key?: string; headers?: Record<string, string>; body?: unknown } = {},
) => {
  const { method = "GET", ...rest } = options;
  return stack.call(method, path, { key: bot.key, headers: { "x-on-behalf-of": ada }, ...rest });
};

describe("the proxy for other providers", () => {
  test("sends a call as the person, with nothing of the caller's own", async () => {
    const answer = await call("/proxy/calendar/v3/calendars/a%40b.example/events?q=a%20b", {
      headers: { "x-on-behalf-of": ada, cookie: "c=d", "if-none-match": '"1"' },
    });
    expect(answer).toMatchObject({ status: 200, body: { ok: true } });
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: "GET", url: "/v3/calendars/a%40b.example/events?q=a%20b" });
    expect(seen[0]?.headers).toMatchObject({ authorization: "Bearer cal-1", "if-none-match": '"1"' });
    expect(seen[0]?.headers).not.toHaveProperty("cookie");
    expect(seen[0]?.headers).not.toHaveProperty("x-on-behalf-of");
  });

  test("takes the person from the address, for clients that can send no header", async () => {
    expect((await call(`/as/${ada}/proxy/calendar/v3/me`, { headers: {} })).status).toBe(200);
    expect(seen[0]?.url).toBe("/v3/me");
    const two = await call(`/as/${ada}/proxy/calendar/v3/me`, { headers: { "x-on-behalf-of": "gh.4712036" } });
    expect(two).toMatchObject({ status: 400, body: { code: "bad_request" } });
  });

  test("reaches the provider's other hosts by name, and no host else", async () => {
    expect((await call(`/proxy/calendar/@${new URL(other).host}/up`)).status).toBe(200);
    expect(seen[0]?.headers.host).toBe(new URL(other).host);
    seen.length = 0;
    for (const host of ["evil.example", "127.0.0.1:1", `${new URL(other).host}.evil.example`, "evil.example%2f", ""]) {
      expect([400, 404]).toContain((await call(`/proxy/calendar/@${host}/up`)).status);
    }
    expect(seen).toEqual([]);
  });

  test.each([
    "/proxy/calendar/v3/../v4",
    "/proxy/calendar/%2e%2e/x",
    "/proxy/calendar//evil.example/x",
    "/proxy/calendar/a;b",
    "/proxy/Calendar/x",
    "/proxy/unknown/x",
    "/proxy/github/user",
  ])("refuses %s, and sends nothing", async (path) => {
    const { hostname, port } = new URL(stack.url);
    const { request } = await import("node:http");
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Bearer ${bot.key}`, "x-on-behalf-of": ada };
      const sent = request({ hostname, port, path, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      sent.on("error", reject);
      sent.end();
    });
    expect([400, 403, 404]).toContain(status);
    expect(seen).toEqual([]);
  });

  test("needs api:write to change something", async () => {
    const refused = await call("/proxy/calendar/v3/events", { method: "POST", body: { a: 1 } });
    expect(refused).toMatchObject({ status: 403, body: { code: "delegation_required" } });
    expect(seen).toEqual([]);
    await stack.database.query({
      text: "UPDATE delegations SET capabilities = '{api:read,api:write}' WHERE provider = 'calendar'",
      values: [],
    });
    expect((await call("/proxy/calendar/v3/events", { method: "POST", body: { a: 1 } })).status).toBe(200);
    expect(seen[0]).toMatchObject({ method: "POST", body: '{"a":1}' });
    const { rows } = await stack.database.query({
      text: "SELECT provider, result, detail FROM audit_events WHERE action = 'api.write' ORDER BY id DESC LIMIT 1",
      values: [],
    });
    const host = new URL(origin).host;
    expect(rows).toEqual([
      { provider: "calendar", result: "succeeded", detail: { method: "POST", host, path: "/v3" } },
    ]);
  });

  test("hands a redirect on without following it, its own address in the place of the provider's", async () => {
    answerWith = (_request, response) => response.writeHead(302, { location: `${origin}/elsewhere` }).end();
    const response = await fetch(`${stack.url}/proxy/calendar/v3/me`, {
      headers: { authorization: `Bearer ${bot.key}`, "x-on-behalf-of": ada },
      redirect: "manual",
    });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(`${stack.url}/proxy/calendar/elsewhere`);
    expect(seen).toHaveLength(1);
  });

  test("renews a token that is not accepted, and sends once more what has no body", async () => {
    answerWith = ({ headers }, response) =>
      response.writeHead(headers.authorization === "Bearer cal-2" ? 200 : 401).end("{}");
    expect((await call("/proxy/calendar/v3/me")).status).toBe(200);
    expect(refreshed).toEqual(["r-1"]);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer cal-1", "Bearer cal-2"]);
  });

  test("works with Google's own client, which is told another root address", async () => {
    answerWith = (_request, response) =>
      response.setHeader("content-type", "application/json").end('{"items": [{"summary": "Stand-up"}]}');
    // As an option of the call: of the client's own rootUrl it takes the origin alone.
    const rootUrl = `${stack.url}/proxy/calendar/`;
    const headers = { authorization: `Bearer ${bot.key}`, "x-on-behalf-of": ada };
    const client = calendarClient({ version: "v3" });
    const { data } = await client.events.list({ calendarId: "ada@example.com", q: "stand up" }, { rootUrl, headers });
    expect(data.items).toEqual([{ summary: "Stand-up" }]);
    expect(seen[0]?.url).toBe("/calendar/v3/calendars/ada%40example.com/events?q=stand%20up");
    expect(seen[0]?.headers.authorization).toMatch(/^Bearer cal-/);
  });

  test("passes the provider's own limits on", async () => {
    answerWith = (_request, response) => response.writeHead(429, { "retry-after": "7" }).end("{}");
    const answer = await call("/proxy/calendar/v3/me");
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("7");
  });
});
