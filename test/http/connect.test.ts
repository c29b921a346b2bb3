import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { answerGithub, codeOf, location } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { committer, endings, newcomer, tokensAtGithub } from "../harness/people.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { accountOf, auditSince, lastAudit, rowsOf } from "../harness/stored.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => stack.sandbox.faults.clear());
afterAll(() => stack.stop());

test("a person connects: the account is theirs, its tokens are sealed, and an event says so", async () => {
  const audit = await lastAudit(stack);
  const { login, id, page, userId, browser } = await committer(stack);
  expect(page.url).toBe(`${stack.url}/accounts?done=connected`);
  expect(page.text).toContain("Connected. Bots that you permit can act as you from now on.");
  expect(page.text).toContain(`@${login}`);
  const identity = (await rowsOf(stack, "identities")).find(({ provider_uid }) => provider_uid === String(id));
  const account = await accountOf(stack, userId);
  expect(account).toMatchObject({ identity_id: identity?.id, state: "active", version: 1, scopes: [] });
  for (const secret of stack.sandbox.issuedTokens()) {
    expect(JSON.stringify(account)).not.toContain(Buffer.from(secret).toString("hex"));
  }
  expect(tokensAtGithub(stack, login)).toBe(1);
  const events = await auditSince(stack, audit);
  expect(events.filter(({ action }) => action === "connect")).toMatchObject([
    { actor: "user", result: "succeeded", user_id: userId, identity_id: identity?.id, provider: "github" },
  ]);
  expect((await browser.open(`${stack.url}/accounts`)).text).not.toContain("Bots that you permit can act");
});

test("connecting again takes the stored pair's place: version + 1, the old token ended, the account works", async () => {
  const { login, browser, userId, commit } = await committer(stack);
  const before = await accountOf(stack, userId);
  const grantsEnded = endings(stack, "grant");
  const { callback } = await answerGithub(stack, browser, "/connect/github", { login });
  expect(location(await browser.request(callback.href)).search).toBe("?done=connected");
  const after = await accountOf(stack, userId);
  expect(after).toMatchObject({ id: before?.id, version: Number(before?.version) + 1, state: "active" });
  expect(tokensAtGithub(stack, login)).toBe(1);
  expect(endings(stack, "grant")).toBe(grantsEnded);
  expect((await commit()).status).toBe(201);
});

test("after a disconnect another GitHub account can be connected, and the row is used again", async () => {
  const owner = await committer(stack);
  const second = newcomer(stack);
  const before = await accountOf(stack, owner.userId);
  const accounts = await owner.browser.open(`${stack.url}/accounts`);
  await owner.browser.submit(accounts, "/accounts/github/disconnect");
  const { page } = await stack.connect(second.login, owner.browser);
  expect(page.text).toContain(`@${second.login}`);
  const after = await accountOf(stack, owner.userId);
  expect(after).toMatchObject({ id: before?.id, state: "active", revoked_at: null, revocation_reason: null });
  expect(after?.identity_id).not.toBe(before?.identity_id);
  expect(Number(after?.version)).toBeGreaterThan(Number(before?.version));
});

test("two users who connect one new GitHub account at once: one gets it", async () => {
  const shared = newcomer(stack);
  const attempt = async () => {
    const { browser } = await stack.signIn(newcomer(stack).login);
    const { callback } = await answerGithub(stack, browser, "/connect/github", { login: shared.login });
    return () => browser.request(callback.href);
  };
  const attempts = [await attempt(), await attempt()];
  const pages = await Promise.all(attempts.map((arrive) => arrive()));
  expect(pages.map(({ status }) => status).sort()).toEqual([303, 409]);
  expect(pages.map(codeOf)).toContain("identity_in_use");
  expect(tokensAtGithub(stack, shared.login)).toBe(1);
});

test("a person whose session ran out while they were at GitHub is told so, and the token is ended", async () => {
  const { login } = newcomer(stack);
  const { browser } = await stack.signIn(login);
  const { callback } = await answerGithub(stack, browser, "/connect/github", { login });
  const accounts = await rowsOf(stack, "user_external_accounts");
  await stack.database.query({
    text: `UPDATE browser_sessions SET expires_at = now() - interval '1 second'
      WHERE user_id = (SELECT user_id FROM identities WHERE login = $1)`,
    values: [login],
  });
  const page = await browser.request(callback.href);
  expect(page.status).toBe(403);
  expect(codeOf(page)).toBe("signed_out");
  expect(page.text).toContain("You are signed out");
  expect(tokensAtGithub(stack, login)).toBe(0);
  expect(await rowsOf(stack, "user_external_accounts")).toEqual(accounts);
});

test("nobody is sent to GitHub to connect who is not signed in", async () => {
  const browser = new Browser();
  const transactions = await rowsOf(stack, "oauth_transactions");
  const page = await browser.request(`${stack.url}/connect/github`, {
    method: "POST",
    headers: { origin: stack.url },
  });
  expect(page.status).toBe(303);
  expect(location(page).href).toBe(`${stack.url}/?return_to=/accounts`);
  expect(await rowsOf(stack, "oauth_transactions")).toEqual(transactions);
});

test("20 opening the addresses that forms are sent to does nothing: what changes something is no GET", async () => {
  const { browser } = await stack.signIn(newcomer(stack).login);
  const transactions = await rowsOf(stack, "oauth_transactions");
  for (const path of ["/connect/github", "/sign-in/github", "/sign-out", "/accounts/github/disconnect"]) {
    expect((await browser.request(`${stack.url}${path}`)).status).toBe(404);
  }
  expect(await rowsOf(stack, "oauth_transactions")).toEqual(transactions);
  expect((await browser.open(`${stack.url}/accounts`)).text).toContain("Connected accounts");
});

test("markup in a person's login and name is shown as text", async () => {
  const login = "<img src=x onerror=alert(1)>";
  newcomer(stack, { login, name: '"><script>alert(2)</script>' });
  const { browser, page } = await stack.connect(login);
  const { browser: other } = await stack.signIn(newcomer(stack).login);
  const { callback } = await answerGithub(stack, other, "/connect/github", { login });
  const pages = [page, await browser.open(`${stack.url}/permissions`), await other.request(callback.href)];
  for (const { text } of pages) {
    expect(text).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(text).not.toContain("<img src=x");
    expect(text).not.toContain("<script>");
  }
  expect(page.text).toContain("&quot;&gt;&lt;script&gt;alert(2)");
});
