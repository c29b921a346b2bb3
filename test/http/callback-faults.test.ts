import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import { answerGithub, codeOf } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { newcomer, tokensAtGithub } from "../harness/people.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { rowsOf, stored } from "../harness/stored.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => stack.sandbox.faults.clear());
afterAll(() => stack.stop());

const headers = { "content-type": "application/json" };
const json = (body: string | object): Partial<Fault> => ({ respond: { status: 200, body, headers } });
const status = (code: number, extra: Record<string, string> = {}): Partial<Fault> => ({
  respond: { status: code, body: { message: "no" }, headers: { ...headers, ...extra } },
});

async function visitor(purpose: "sign-in" | "connect") {
  const { login } = newcomer(stack);
  const browser = new Browser();
  if (purpose === "connect") await stack.signIn(login, browser);
  return { login, browser };
}

/** A callback during a fault: its page, and nothing stored of it. */
async function callback(purpose: "sign-in" | "connect", fault: Fault) {
  const { login, browser } = await visitor(purpose);
  const before = await stored(stack);
  const answered = await answerGithub(stack, browser, `/${purpose}/github`, { login });
  stack.sandbox.faults.add(fault);
  const page = await browser.request(answered.callback.href);
  const after = await stored(stack);
  expect({ ...after, grants: null, pending_revocations: null }).toEqual({
    ...before,
    grants: null,
    pending_revocations: null,
  });
  const accounts = await browser.open(`${stack.url}/accounts`);
  expect(accounts.text).toContain(purpose === "connect" ? "Not connected" : "Sign in with GitHub");
  return { login, browser, page };
}

const faults = [
  { what: "answers 500", fault: status(500), shows: [503, "provider_unavailable"] },
  { what: "cuts the line", fault: { dropBefore: true }, shows: [503, "provider_unavailable"] },
  { what: "sends half of a JSON text", fault: json('{"access_token": "'), shows: [502, "provider_garbled"] },
  { what: "sends a page of HTML", fault: { respond: { status: 200, body: "<p>" } }, shows: [502, "provider_garbled"] },
  { what: "sends nothing", fault: json(""), shows: [502, "provider_garbled"] },
  { what: "sends an empty object", fault: json({}), shows: [502, "provider_garbled"] },
  { what: "sends a list", fault: json([]), shows: [502, "provider_garbled"] },
  { what: "redirects", fault: status(302, { location: "/elsewhere" }), shows: [502, "provider_garbled"] },
  { what: "limits the rate", fault: status(429, { "retry-after": "17" }), shows: [429, "rate_limited"] },
];
const ours = [
  "incorrect_client_credentials",
  "redirect_uri_mismatch",
  "unsupported_grant_type",
  "application_suspended",
].map((error) => ({ what: `answers ${error}`, fault: json({ error }), shows: [500, "provider_configuration"] }));

describe.each(["sign-in", "connect"] as const)("%s", (purpose) => {
  test.each([
    ...faults,
    ...ours,
    { what: "answers an unknown error", fault: json({ error: "new_one" }), shows: [502, "provider_garbled"] },
    { what: "refuses with 401", fault: status(401), shows: [500, "provider_configuration"] },
  ])("GitHub $what at the exchange: a page says so, nothing is stored, and another attempt works", async (given) => {
    const done = await callback(purpose, { match: { operation: "exchange" }, ...given.fault });
    expect([done.page.status, codeOf(done.page)]).toEqual(given.shows);
    expect(done.page.text).toContain("GitHub");
    expect(await rowsOf(stack, "pending_revocations")).toEqual([]);
    const again = await answerGithub(stack, done.browser, `/${purpose}/github`, { login: done.login });
    expect((await done.browser.request(again.callback.href)).status).toBe(303);
  });

  test.each([
    ...faults,
    { what: "refuses with 401", fault: status(401), shows: [502, "provider_rejected"] },
    { what: "has suspended the person", fault: status(403), shows: [502, "provider_garbled"] },
    { what: "sends a name for a number", fault: json({ id: "1", login: "x" }), shows: [502, "provider_garbled"] },
    { what: "sends no login", fault: json({ id: 1, login: "" }), shows: [502, "provider_garbled"] },
    {
      what: "sends text that no database takes",
      fault: json({ id: 1, login: "x", name: "a\0b" }),
      shows: [502, "provider_garbled"],
    },
  ])("GitHub $what when asked who it is: nothing is stored, and the token is ended alone", async (given) => {
    const asked = stack.sandbox.requests.length;
    const done = await callback(purpose, { match: { path: "/user" }, ...given.fault });
    expect([done.page.status, codeOf(done.page)]).toEqual(given.shows);
    expect(await rowsOf(stack, "pending_revocations")).toEqual([]);
    expect(tokensAtGithub(stack, done.login)).toBe(0);
    const ended = stack.sandbox.requests.slice(asked).filter(({ method }) => method === "DELETE");
    expect(ended.every(({ path }) => path.endsWith("/token"))).toBe(true);
  });

  test("with GitHub refusing to end the token too, that is done later", async () => {
    const fault = { match: { method: "DELETE", path: /\/token$/ }, times: 2, respond: { status: 503 } };
    const { login, browser } = await visitor(purpose);
    const answered = await answerGithub(stack, browser, `/${purpose}/github`, { login });
    stack.sandbox.faults.add({ match: { path: "/user" }, respond: { status: 500 } });
    stack.sandbox.faults.add(fault);
    const page = await browser.request(answered.callback.href);
    expect(codeOf(page)).toBe("provider_unavailable");
    expect(tokensAtGithub(stack, login)).toBe(1);
    const [pending] = await rowsOf(stack, "pending_revocations");
    expect(pending).toMatchObject({ kind: "token", state: "pending", attempts: 1 });
    expect(JSON.stringify(pending)).not.toMatch(/gh[ur]_/);
    stack.sandbox.faults.clear();
    await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now()" });
    await expect.poll(() => rowsOf(stack, "pending_revocations"), { timeout: 20_000 }).toEqual([]);
    expect(tokensAtGithub(stack, login)).toBe(0);
  });
});

test("an operator finds GitHub's refusal of our credentials in the log, and a person is not told to start again", async () => {
  const done = await callback("sign-in", {
    match: { operation: "exchange" },
    ...json({ error: "incorrect_client_credentials" }),
  });
  expect(done.page.text).toContain("An operator must repair the configuration");
  expect(done.page.text).toContain("Tell the operator of this onbehalf.");
  expect(done.page.text).not.toContain("Try again");
  const logged = stack.log.filter((line) => line.includes("refused onbehalf's own credentials"));
  expect(logged.length).toBeGreaterThan(0);
  expect(logged.join()).not.toContain(stack.sandbox.app.clientSecret);
});

test("a rate limit's page says when to try again", async () => {
  const { page } = await callback("sign-in", {
    match: { operation: "exchange" },
    ...status(429, { "retry-after": "17" }),
  });
  expect(page.headers.get("retry-after")).toBe("17");
});

test("an answer that is lost after GitHub gave the token stores nothing", async () => {
  const { page } = await callback("connect", { match: { operation: "exchange" }, dropAfterHandling: true });
  expect([page.status, codeOf(page)]).toEqual([503, "provider_unavailable"]);
});

test("no page or log line of all this holds a token or a code", async () => {
  const { browser } = await callback("connect", { match: { path: "/user" }, ...status(500) });
  const text = [...browser.seen.map((page) => page.text), ...stack.log].join("\n");
  for (const secret of stack.sandbox.issuedTokens()) expect(text).not.toContain(secret);
});
