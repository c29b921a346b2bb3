import { createHmac } from "node:crypto";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { networkOf } from "../../src/http/rate-limits.ts";
import { codeOf, ownForm } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { type Committer, committer } from "../harness/people.ts";
import { rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let person: Committer;
let address: string;
let serial = 0;
beforeAll(async () => {
  person = await committer(stack);
});
beforeEach(() => {
  address = `192.0.2.${++serial}`;
});

const wrongKey = `ob_${"x".repeat(43)}`;
const from = (ip: string) => ({ "x-forwarded-for": ip });
const attempt = (ip = address, authorization: string | null = `Bearer ${wrongKey}`) =>
  stack.call("GET", "/api/v1/users/gh.1/git-identity", {
    headers: { ...from(ip), ...(authorization === null ? {} : { authorization }) },
  });
const rightful = () =>
  stack.commit(
    person.key,
    {
      user: `gh.${person.id}`,
      repository: person.repository,
      changes: [{ path: `limits-${++serial}.txt`, content: "x" }],
    },
    { headers: from(address) },
  );

/** Sixty attempts that are let through and counted. */
async function useUp(once: () => Promise<{ status: number }>, status: number): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 60 }, once));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
}

test("the 61st failed authentication of an address in a minute is refused with 429", async () => {
  await useUp(() => attempt(), 401);
  const answer = await attempt();
  expect(answer.status).toBe(429);
  expect(answer.body).toMatchObject({ code: "rate_limited", status: 429, title: "Too Many Requests" });
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  const wait = Number(answer.headers.get("retry-after"));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(60);
});

test("forged deliveries are failed authentications, and a genuine one is not limited", async () => {
  const body = JSON.stringify({ action: "revoked", sender: { id: 1, login: "nobody" } });
  const deliver = (secret: string) =>
    stack.call("POST", "/api/github/webhooks", {
      body,
      headers: {
        ...from(address),
        "x-github-event": "github_app_authorization",
        "x-github-delivery": `delivery-${++serial}`,
        "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      },
    });
  await useUp(() => deliver("a guess"), 401);
  expect((await deliver("another guess")).body).toMatchObject({ code: "rate_limited" });
  expect((await deliver(stack.sandbox.app.webhookSecret)).status).toBe(202);
});

test("all addresses of an IPv6 network of 64 bits are one", async () => {
  let host = 0;
  await useUp(() => attempt(`2001:db8:${serial}:5::${++host}`), 401);
  expect((await attempt(`2001:db8:${serial}:5:ffff::1`)).status).toBe(429);
  expect((await attempt(`2001:db8:${serial}:6::1`)).status).toBe(401);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["not an address", "not an address"],
])("%s counts as %s", (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});

test("a valid key from that address is not affected, and is never counted", async () => {
  await useUp(() => attempt(), 401);
  expect((await attempt()).status).toBe(429);
  expect((await rightful()).status).toBe(201);
});

test("seventy calls with a valid key, also refused ones, count for nothing", async () => {
  const refused = () =>
    stack.commit(person.key, { user: "gh.1", repository: person.repository }, { headers: from(address) });
  const answers = await Promise.all(Array.from({ length: 70 }, refused));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  expect((await attempt()).status).toBe(401);
});

test("missing, malformed, unknown and revoked keys count alike", async () => {
  const revoked = await stack.bot(`revoked-${serial}`);
  await stack.database.query({ text: "UPDATE keys SET revoked_at = now() WHERE bot_id = $1", values: [revoked.id] });
  const tried = [null, "Bearer nonsense", "Digest x", `token ${wrongKey}`, `Bearer ${revoked.key}`];
  let next = 0;
  await useUp(() => attempt(address, tried[next++ % tried.length]), 401);
  expect((await attempt()).status).toBe(429);
});

test("another address is not affected", async () => {
  await useUp(() => attempt(), 401);
  expect((await attempt("192.0.2.250")).status).toBe(401);
});

test("an address of IPv6 is counted by its network, since a host has as many as it likes", async () => {
  let next = 1;
  await useUp(() => attempt(`2001:db8::${(next++).toString(16)}`), 401);
  expect((await attempt("2001:db8::ffff")).status).toBe(429);
  expect((await attempt("2001:db8:0:1::1")).status).toBe(401);
});

test("the 61st sign-in of an address in a minute is refused with a page, and leaves nothing", async () => {
  const start = () =>
    fetch(`${stack.url}/sign-in/github`, {
      method: "POST",
      headers: { ...ownForm, ...from(address) },
      redirect: "manual",
    });
  await useUp(start, 303);
  const before = [await rowsOf(stack, "browser_sessions"), await rowsOf(stack, "oauth_transactions")];
  const refused = await start();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  const text = await refused.text();
  expect(text).toContain("Code: <code>rate_limited</code>");
  expect(text).toContain("Wait a minute, then try again.");
  expect([await rowsOf(stack, "browser_sessions"), await rowsOf(stack, "oauth_transactions")]).toEqual(before);
});

test("guessed callbacks count as failed authentications", async () => {
  const guess = () =>
    fetch(`${stack.url}/connect/github/callback?state=${"A".repeat(43)}&code=x`, { headers: from(address) });
  await useUp(guess, 400);
  expect((await guess()).status).toBe(429);
});

test("sign-ins that succeed count once each", async () => {
  const browser = new Browser();
  for (let count = 0; count < 40; count++) {
    const { page } = await stack.signIn(person.login, browser);
    expect(page.url).toBe(`${stack.url}/accounts`);
    await browser.post(`${stack.url}/sign-out`);
  }
});

test("looking at pages is not counted", async () => {
  const look = () => fetch(`${stack.url}/`, { headers: from(address) });
  await useUp(look, 200);
  expect((await look()).status).toBe(200);
});

test("X-Forwarded-For of a proxy that TRUST_PROXY does not name counts for nothing", async () => {
  const { url } = await stack.replica({ TRUST_PROXY: "" });
  let next = 0;
  const guess = () =>
    fetch(`${url}/connect/github/callback?state=x&code=x`, { headers: from(`198.51.100.${next++ % 250}`) });
  await useUp(guess, 400);
  const refused = await guess();
  expect(refused.status).toBe(429);
  expect(await refused.text()).toContain("Code: <code>rate_limited</code>");
});

test("the limit's page has the code that a refusal has", async () => {
  const browser = new Browser();
  const guess = () => browser.request(`${stack.url}/connect/github/callback`);
  await useUp(guess, 400);
  expect(codeOf(await guess())).toBe("rate_limited");
});
