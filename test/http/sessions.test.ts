import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerGithub, location } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { newcomer } from "../harness/people.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { auditSince, lastAudit, rowsOf } from "../harness/stored.ts";

let stack: Stack;

const sessions = () => rowsOf(stack, "browser_sessions");
const cookieOf = (browser: Browser) => browser.cookies(stack.url);
const isSignedIn = async (browser: Browser) => (await browser.request(`${stack.url}/accounts`)).status === 200;

/** A browser that holds what another one held. */
function thief(cookies: string): Browser {
  const browser = new Browser();
  browser.setCookies(stack.url, cookies);
  return browser;
}

/** The attributes of the one cookie that an answer sets, in lower case. */
function attributes(page: Page): { name: string; value: string; all: string[] } {
  const [line = "", ...others] = page.headers.getSetCookie();
  expect(others).toEqual([]);
  const [pair = "", ...all] = line.split("; ");
  const [name = "", value = ""] = pair.split("=");
  return { name, value, all: all.map((attribute) => attribute.toLowerCase()).sort() };
}

describe("on http://127.0.0.1", () => {
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  test("looking at pages sets no cookie and keeps no session", async () => {
    const before = await sessions();
    const browser = new Browser();
    for (const path of ["/", "/accounts", "/permissions", "/healthz", "/connect/github/callback?state=x&code=y"]) {
      expect((await browser.request(`${stack.url}${path}`)).headers.getSetCookie()).toEqual([]);
    }
    expect(await sessions()).toEqual(before);
  });

  test("19 a session's cookie has 256 random bits, is out of reach of scripts and other sites, and ends with the session", async () => {
    const browser = new Browser();
    const { login } = newcomer(stack);
    const start = await browser.request(`${stack.url}/sign-in/github`, {
      method: "POST",
      headers: { origin: stack.url },
    });
    expect(attributes(start)).toEqual({
      name: "onbehalf",
      value: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      all: ["httponly", "max-age=900", "path=/", "samesite=lax"],
    });
    const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login });
    expect(attributes(await browser.request(callback.href))).toEqual({
      name: "onbehalf",
      value: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      all: ["httponly", "max-age=604800", "path=/", "samesite=lax"],
    });
  });

  test("19 a sign-in gives a new cookie, and the one from before it is dead (session fixation)", async () => {
    const browser = new Browser();
    const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login: newcomer(stack).login });
    const before = cookieOf(browser);
    await browser.request(callback.href);
    expect(cookieOf(browser)).not.toBe(before);
    expect(await isSignedIn(browser)).toBe(true);
    expect(await isSignedIn(thief(before))).toBe(false);
  });

  test("so does a second sign-in of the same person", async () => {
    const { login } = newcomer(stack);
    const { browser } = await stack.signIn(login);
    const first = cookieOf(browser);
    const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login });
    await browser.request(callback.href);
    expect(await isSignedIn(browser)).toBe(true);
    expect(await isSignedIn(thief(first))).toBe(false);
  });

  test("a cookie that somebody made up begins no session of that value", async () => {
    const planted = `onbehalf=${"A".repeat(43)}`;
    const browser = thief(planted);
    await stack.signIn(newcomer(stack).login, browser);
    expect(cookieOf(browser)).not.toBe(planted);
    expect(await isSignedIn(thief(planted))).toBe(false);
  });

  test("the database holds the cookie's SHA-256 and not the cookie", async () => {
    const { browser } = await stack.signIn(newcomer(stack).login);
    const value = cookieOf(browser).replace("onbehalf=", "");
    const ids = (await sessions()).map(({ id }) => id);
    expect(ids).toContain(`\\x${createHash("sha256").update(value).digest("hex")}`);
    expect(JSON.stringify(await sessions())).not.toContain(Buffer.from(value).toString("hex"));
    expect(JSON.stringify(await sessions())).not.toContain(Buffer.from(value, "base64url").toString("hex"));
  });

  test("19 signing out ends the session on the server, whoever else holds the cookie", async () => {
    const { browser } = await stack.signIn(newcomer(stack).login);
    const cookie = cookieOf(browser);
    const audit = await lastAudit(stack);
    const accounts = await browser.open(`${stack.url}/accounts`);
    const page = await browser.submit(accounts, "Sign out");
    expect(page.text).toContain("You are signed out.");
    expect(cookieOf(browser)).toBe("");
    expect(await isSignedIn(thief(cookie))).toBe(false);
    expect(await auditSince(stack, audit)).toMatchObject([{ action: "sign_out", actor: "user", result: "succeeded" }]);
    await browser.post(`${stack.url}/sign-out`);
    expect(await auditSince(stack, audit)).toHaveLength(1);
  });

  test("signing out in one browser leaves the person's other ones signed in", async () => {
    const { login } = newcomer(stack);
    const [one, other] = [(await stack.signIn(login)).browser, (await stack.signIn(login)).browser];
    await one.post(`${stack.url}/sign-out`);
    expect([await isSignedIn(one), await isSignedIn(other)]).toEqual([false, true]);
  });

  test("a session ends after its time, and with its user", async () => {
    for (const end of [
      "UPDATE browser_sessions SET expires_at = now() - interval '1 second' WHERE user_id = $1",
      "UPDATE users SET status = 'deactivated' WHERE id = $1",
    ]) {
      const { login } = newcomer(stack);
      const { browser } = await stack.signIn(login);
      const user = (await rowsOf(stack, "identities")).find((identity) => identity.login === login)?.user_id;
      expect(await isSignedIn(browser)).toBe(true);
      await stack.database.query({ text: end, values: [user] });
      expect(await isSignedIn(browser)).toBe(false);
    }
  });

  test.each(["onbehalf=", "onbehalf=a", `onbehalf=${"A".repeat(43)}`, `onbehalf=${"%00".repeat(15)}`, "=; ;;", "x=y"])(
    "a cookie such as %s signs nobody in and breaks nothing",
    async (cookie) => {
      const page = await fetch(`${stack.url}/accounts`, { headers: { cookie }, redirect: "manual" });
      expect(page.status).toBe(303);
    },
  );

  test("a session's cookie opens no API route, and no API answer sets one", async () => {
    const { browser } = await stack.signIn(newcomer(stack).login);
    const answer = await stack.call("POST", "/api/v1/commits", { body: {}, headers: { cookie: cookieOf(browser) } });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: "key_missing" });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

describe("behind https", () => {
  const publicUrl = "https://onbehalf.example.com";
  let listening: string;
  beforeAll(async () => {
    stack = await startStack({ environment: { PUBLIC_URL: publicUrl } });
    listening = `http://127.0.0.1:${stack.environment.PORT}`;
    stack.sandbox.setCallbackUrls([`${publicUrl}/connect/github/callback`]);
  });
  afterAll(() => stack.stop());

  test("19 the cookie is __Host-, Secure and bound to the host, all the way through a sign-in and out", async () => {
    const secure = ["httponly", "path=/", "samesite=lax", "secure"];
    const browser = new Browser();
    const start = await browser.request(`${listening}/sign-in/github`, {
      method: "POST",
      headers: { origin: publicUrl },
    });
    expect(attributes(start)).toMatchObject({ name: "__Host-onbehalf", all: expect.arrayContaining(secure) });
    const asked = location(start);
    expect(asked.searchParams.get("redirect_uri")).toBe(`${publicUrl}/connect/github/callback`);
    const answered = await browser.request(asked.href, {
      method: "POST",
      body: new URLSearchParams([...asked.searchParams, ["login", "ada"], ["action", "authorize"]]),
    });
    const callback = location(answered);
    expect(callback.origin).toBe(publicUrl);
    const arrived = await browser.request(`${listening}${callback.pathname}${callback.search}`);
    expect(attributes(arrived)).toMatchObject({ name: "__Host-onbehalf", all: expect.arrayContaining(secure) });
    expect(arrived.headers.get("strict-transport-security")).toMatch(/max-age=\d{7,}/);
    expect((await browser.request(`${listening}/accounts`)).status).toBe(200);
    const out = await browser.request(`${listening}/sign-out`, { method: "POST", headers: { origin: publicUrl } });
    expect(attributes(out)).toMatchObject({ name: "__Host-onbehalf", all: expect.arrayContaining(secure) });
    expect((await browser.request(`${listening}/accounts`)).status).toBe(303);
  });

  test("a cookie without the prefix, as a neighbouring host could set it, is not read", async () => {
    const cookie = `onbehalf=${"A".repeat(43)}`;
    const page = await fetch(`${listening}/sign-in/github`, {
      method: "POST",
      headers: { origin: publicUrl, cookie },
      redirect: "manual",
    });
    expect(page.headers.getSetCookie()[0]).toMatch(/^__Host-onbehalf=/);
  });

  test("the address that a proxy or caller writes into Host changes nothing", async () => {
    const page = await fetch(`${listening}/sign-in/github`, {
      method: "POST",
      headers: { origin: publicUrl, "x-forwarded-host": "evil.example", "x-forwarded-proto": "http" },
      redirect: "manual",
    });
    const asked = new URL(page.headers.get("location") ?? "");
    expect(asked.searchParams.get("redirect_uri")).toBe(`${publicUrl}/connect/github/callback`);
    const forged = await fetch(`${listening}/sign-in/github`, { method: "POST", headers: { origin: listening } });
    expect(forged.status).toBe(403);
  });
});
