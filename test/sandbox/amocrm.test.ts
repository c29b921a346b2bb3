import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { type AmocrmSandbox, startAmocrm } from "../../sandbox/amocrm/index.ts";
import { localhostFetch } from "../../src/providers/localhost.ts";

const callback = "http://127.0.0.1:9/connect/amocrm/callback";
const fetchThere = localhostFetch(globalThis.fetch);
let amocrm: AmocrmSandbox;
beforeAll(async () => {
  amocrm = await startAmocrm();
  amocrm.setCallbackUrl(callback);
});
afterAll(() => amocrm.close());
beforeEach(() => amocrm.limit.reset());

const at = (subdomain: string, path: string, init?: RequestInit) =>
  fetchThere(`http://${amocrm.host(subdomain)}${path}`, init);

async function token(fields: Record<string, string>, type = "application/json") {
  const { clientId: client_id, clientSecret: client_secret } = amocrm.integration;
  const body = JSON.stringify({ client_id, client_secret, redirect_uri: callback, ...fields });
  const answer = await at("example", "/oauth2/access_token", {
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  return { status: answer.status, body: z.record(z.string(), z.unknown()).parse(await answer.json()) };
}

async function granted(userId = 9001) {
  const code = new URL(amocrm.installWidget("example", userId)).searchParams.get("code") ?? "";
  const { body } = await token({ grant_type: "authorization_code", code });
  const headers = { authorization: `Bearer ${body.access_token}`, "content-type": "application/json" };
  return { refresh: String(body.refresh_token), headers };
}

test("people authorize at the web address alone, and the callback names their account's host", async () => {
  const query = `client_id=${amocrm.integration.clientId}&state=s1&mode=popup`;
  expect((await at("example", `/oauth?${query}`)).status).toBe(404);
  const page = await (await fetch(`${amocrm.webUrl}/oauth?${query}`)).text();
  expect(page).toContain("Ada Lovelace");
  const answer = await fetch(`${amocrm.webUrl}/oauth/answer`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({
      client_id: amocrm.integration.clientId,
      state: "s1",
      who: "30111222:9001",
      action: "allow",
    }),
  });
  const location = new URL(answer.headers.get("location") ?? "");
  expect(Object.fromEntries(location.searchParams)).toEqual({
    code: expect.stringMatching(/^def50200/),
    state: "s1",
    client_id: amocrm.integration.clientId,
    referer: amocrm.host("example"),
  });
});

test("tokens are asked for in JSON, refresh tokens work once, and errors have no `error`", async () => {
  expect((await token({ grant_type: "refresh_token" }, "text/plain")).status).toBe(400);
  const { refresh } = await granted();
  const again = await token({ grant_type: "refresh_token", refresh_token: refresh });
  expect(again.body).toMatchObject({ token_type: "Bearer", expires_in: 86_400, server_time: expect.any(Number) });
  const reused = await token({ grant_type: "refresh_token", refresh_token: refresh });
  expect(reused).toMatchObject({ status: 401, body: { hint: "Token has been revoked", status: 401 } });
  expect(reused.body).not.toHaveProperty("error");
});

test("users are shown to admins alone", async () => {
  const ada = await granted();
  expect(await (await at("example", "/api/v4/users/9002", ada)).json()).toMatchObject({ email: "grace@example.com" });
  const grace = await granted(9002);
  expect((await at("example", "/api/v4/users/9002", grace)).status).toBe(403);
});

test("seven requests a second are answered, the eighth is too many", async () => {
  const { headers } = await granted();
  amocrm.limit.reset();
  const answers = await Promise.all(Array.from({ length: 8 }, () => at("example", "/api/v4/leads", { headers })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 429]);
});

test("a removed integration's tokens are dead, and whose account has moved is told where", async () => {
  const { refresh, headers } = await granted();
  amocrm.changeSubdomain("example", "renamed");
  expect((await at("example", "/api/v4/account", { headers })).status).toBe(401);
  const told = await at("api-b", "/oauth2/account/current/subdomain", { headers: { "x-refresh-token": refresh } });
  expect(await told.json()).toMatchObject({ id: 30111222, domain: amocrm.host("renamed") });
  amocrm.changeSubdomain("renamed", "example");
  await amocrm.uninstall(30111222, { tell: false });
  expect((await at("example", "/api/v4/account", { headers })).status).toBe(401);
});
