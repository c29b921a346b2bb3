import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerGithub, codeOf, location } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { newcomer } from "../harness/people.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { rowsOf, stored } from "../harness/stored.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const exchanges = () => stack.sandbox.requests.filter(({ operation }) => operation === "exchange").length;
const query = (text: string) => stack.database.query({ text });

const purposes = [
  { purpose: "sign-in", path: "/sign-in/github", again: "Start again" },
  { purpose: "connect", path: "/connect/github", again: "Back to your accounts" },
] as const;

describe.each(purposes)("the callback of a $purpose", ({ purpose, path, again }) => {
  let browser: Browser;
  let login: string;

  beforeEach(async () => {
    login = newcomer(stack).login;
    browser = new Browser();
    if (purpose === "connect") await stack.signIn(login, browser);
  });

  /** What a refusal must show, and that nothing came of it. */
  async function refused(callback: URL, expected: { status: number; code: string; says: string; exchanged?: number }) {
    const [before, exchanged] = [await stored(stack), exchanges()];
    const page = await browser.request(callback.href);
    expect(page).toMatchObject({ status: expected.status });
    expect(codeOf(page)).toBe(expected.code);
    expect(page.text).toContain(expected.says);
    expect(page.text).toContain(again);
    expect(await stored(stack)).toEqual(before);
    expect(exchanges()).toBe(exchanged + (expected.exchanged ?? 0));
    if (purpose === "sign-in") expect((await browser.open(`${stack.url}/accounts`)).text).toContain("Sign in with");
    return page;
  }

  const answer = () => answerGithub(stack, browser, path, { login });

  async function works(callback: URL) {
    const target = location(await browser.request(callback.href));
    expect(target.href).toBe(`${stack.url}${purpose === "connect" ? "/accounts?done=connected" : "/accounts"}`);
    return browser.open(target.href);
  }

  test("02 a state works once; opened again it says that it was done, and nothing changes", async () => {
    const { callback } = await answer();
    const page = await works(callback);
    expect(page.text).toContain(purpose === "connect" ? "Connected. Bots that you permit" : "Not connected");
    const before = await stored(stack);
    const repeated = await browser.request(callback.href);
    expect(repeated.status).toBe(400);
    expect(codeOf(repeated)).toBe("state_used");
    expect(repeated.text).toContain("This was already done");
    expect(await stored(stack)).toEqual(before);
    expect((await browser.open(`${stack.url}/accounts`)).text).toContain(login);
  });

  test("opened three times at once works once", async () => {
    const { callback } = await answer();
    const exchanged = exchanges();
    const pages = await Promise.all([1, 2, 3].map(() => browser.request(callback.href)));
    expect(pages.map(({ status }) => status).sort()).toEqual([303, 400, 400]);
    expect(exchanges()).toBe(exchanged + 1);
  });

  test("an unknown state is refused", async () => {
    const { callback } = await answer();
    callback.searchParams.set("state", "A".repeat(43));
    await refused(callback, { status: 400, code: "state_unknown", says: "This link is not known" });
  });

  test("a missing, an empty and an endless state are refused", async () => {
    const { callback } = await answer();
    for (const state of [null, "", "A".repeat(5_000), "\0"]) {
      const bad = new URL(callback);
      if (state === null) bad.searchParams.delete("state");
      else bad.searchParams.set("state", state);
      await refused(bad, { status: 400, code: "state_unknown", says: "This link is not known" });
    }
    await works(callback);
  });

  test("a state that is given twice is refused, and still good when given once", async () => {
    const { callback } = await answer();
    const twice = new URL(callback);
    twice.searchParams.append("state", callback.searchParams.get("state") ?? "");
    await refused(twice, { status: 400, code: "state_unknown", says: "This link is not known" });
    await works(callback);
  });

  test("02 a state older than 10 minutes is refused", async () => {
    const { callback } = await answer();
    await query(`UPDATE oauth_transactions SET expires_at = expires_at - interval '10 minutes' WHERE used_at IS NULL`);
    await refused(callback, { status: 400, code: "state_expired", says: "That took too long" });
  });

  test("a state is good for 10 minutes, and its browser session for longer", async () => {
    await answer();
    const { rows } = await stack.database.query<{ minutes: number; outlived: boolean }>({
      text: `SELECT round(extract(epoch FROM t.expires_at - now()) / 60)::int AS minutes,
          s.expires_at > t.expires_at AS outlived
        FROM oauth_transactions t JOIN browser_sessions s ON s.id = t.session_id
        WHERE t.used_at IS NULL AND t.expires_at > now() ORDER BY t.expires_at DESC LIMIT 1`,
    });
    expect(rows).toEqual([{ minutes: 10, outlived: true }]);
  });

  test("01 another browser can't use a state, with or without a session, and the rightful one still can", async () => {
    const { callback } = await answer();
    const rightful = browser;
    const stranger = new Browser();
    await answerGithub(stack, stranger, "/sign-in/github", { login });
    for (const other of [new Browser(), stranger]) {
      const page = await other.request(callback.href);
      expect(page.status).toBe(400);
      expect(codeOf(page)).toBe("state_foreign");
      expect(page.text).toContain("This was started in another browser");
      expect((await other.open(`${stack.url}/accounts`)).text).toContain("Sign in with");
    }
    browser = rightful;
    await works(callback);
  });

  test("another provider can't use a state", async () => {
    const { callback } = await answer();
    await query("UPDATE oauth_transactions SET provider = 'google' WHERE used_at IS NULL");
    await refused(callback, { status: 400, code: "state_foreign", says: "This was started in another browser" });
  });

  test("a provider that is not configured has no callback", async () => {
    const { callback } = await answer();
    const other = new URL(callback.href.replace("/github/", "/google/"));
    const page = await browser.request(other.href);
    expect(page.status).toBe(404);
    expect(codeOf(page)).toBe("not_found");
    await works(callback);
  });

  test("a refused consent is said to be one, and uses the state up", async () => {
    const { callback } = await answerGithub(stack, browser, path, { login, action: "cancel" });
    expect(callback.searchParams.get("error")).toBe("access_denied");
    await refused(callback, { status: 403, code: "consent_refused", says: "You did not authorise onbehalf at GitHub" });
    callback.searchParams.delete("error");
    callback.searchParams.set("code", "0".repeat(20));
    await refused(callback, { status: 400, code: "state_used", says: "This was already done" });
  });

  test("an expired and an unknown code are refused", async () => {
    const expired = await answer();
    stack.sandbox.ageCodes(10 * 60_000);
    const says = "GitHub no longer accepts this attempt";
    await refused(expired.callback, { status: 400, code: "code_expired", says, exchanged: 1 });

    const unknown = (await answer()).callback;
    unknown.searchParams.set("code", "0".repeat(20));
    await refused(unknown, { status: 400, code: "code_expired", says, exchanged: 1 });
  });

  test("a code that is missing or given twice is refused without asking GitHub", async () => {
    const missing = (await answer()).callback;
    missing.searchParams.delete("code");
    await refused(missing, { status: 502, code: "provider_refused", says: "GitHub refused" });
    const twice = (await answer()).callback;
    twice.searchParams.append("code", "0".repeat(20));
    await refused(twice, { status: 502, code: "provider_refused", says: "GitHub refused" });
  });

  test("a suspended app is the operator's matter", async () => {
    stack.sandbox.switches.applicationSuspended = true;
    const { callback } = await answer().finally(() => {
      stack.sandbox.switches.applicationSuspended = false;
    });
    await refused(callback, { status: 502, code: "provider_refused", says: "GitHub refused" });
    expect(stack.log.some((line) => line.includes("application_suspended"))).toBe(true);
  });

  test("a person whose e-mail address is not verified learns that GitHub wants that", async () => {
    stack.sandbox.updatePerson(login, { emailVerified: false });
    const { callback } = await answer();
    const says = "GitHub asks you to verify your e-mail address";
    await refused(callback, { status: 403, code: "email_unverified", says, exchanged: 1 });
  });

  test("01 each attempt has a state and a PKCE challenge of its own, by S256", async () => {
    const [first, second] = [await answer(), await answer()].map(({ asked }) => asked.searchParams);
    expect(first?.get("code_challenge_method")).toBe("S256");
    expect(first?.get("code_challenge")).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(second?.get("code_challenge")).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(second?.get("code_challenge")).not.toBe(first?.get("code_challenge"));
    expect(second?.get("state")).not.toBe(first?.get("state"));
    expect(first?.get("redirect_uri")).toBe(`${stack.url}/connect/github/callback`);
    expect(first?.get("prompt")).toBe("select_account");
    expect(first?.has("scope")).toBe(false);
  });

  test("PKCE: GitHub refuses a code that was asked for with another challenge", async () => {
    const fields = { code_challenge: "x".repeat(43) };
    const { callback } = await answerGithub(stack, browser, path, { login, fields });
    const says = "GitHub no longer accepts this attempt";
    await refused(callback, { status: 400, code: "code_expired", says, exchanged: 1 });
  });

  test("PKCE: somebody else's code can't be slipped into this browser's attempt", async () => {
    const attacker = await answerGithub(stack, new Browser(), "/sign-in/github", { login: "mallory" });
    const { callback } = await answer();
    callback.searchParams.set("code", attacker.callback.searchParams.get("code") ?? "");
    const says = "GitHub no longer accepts this attempt";
    await refused(callback, { status: 400, code: "code_expired", says, exchanged: 1 });
  });

  test("a GitHub without PKCE will do", async () => {
    stack.sandbox.switches.pkce = false;
    const { callback } = await answer();
    await works(callback).finally(() => {
      stack.sandbox.switches.pkce = true;
    });
  });
});

test("neither state nor verifier is in the database", async () => {
  const { asked } = await answerGithub(stack, new Browser(), "/sign-in/github", { login: "linus" });
  const dump = JSON.stringify([await rowsOf(stack, "oauth_transactions"), await rowsOf(stack, "browser_sessions")]);
  const state = asked.searchParams.get("state") ?? "";
  expect(state).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(dump).not.toContain(state);
  expect(dump).not.toContain(Buffer.from(state).toString("hex"));
});
