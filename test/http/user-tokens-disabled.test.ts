import { beforeAll, expect, test } from "vitest";
import { endPendingRevocations } from "../../src/actions/accounts/end-pending-revocations.ts";
import { sharedRefresh } from "../../src/actions/accounts/fresh-token.ts";
import { moveToPendingRevocation } from "../../src/store/accounts/pending-revocations.ts";
import { answerGithub, codeOf, ownForm } from "../harness/authorization.ts";
import { committer, endings, newcomer, tokensAtGithub } from "../harness/people.ts";
import { openReplica } from "../harness/replica.ts";
import { accountOf, auditSince, lastAudit, rowsOf } from "../harness/stored.ts";
import { age, connectSomebody } from "../harness/stored-account.ts";
import { useStack } from "../harness/use-stack.ts";

/* A deployment whose people connected, and which was then started again with ENABLE_GITHUB_USER_TOKENS=false. */

const stack = useStack();
let off: string;
beforeAll(async () => {
  off = (await stack.replica({ ENABLE_GITHUB_USER_TOKENS: "false" })).url;
});

/** The same address, at the replica where it is switched off. */
const at = (address: string | URL) => `${off}${new URL(address).pathname}${new URL(address).search}`;

test("a connect is refused before anybody is sent to GitHub", async () => {
  const { browser } = await stack.signIn(newcomer(stack).login);
  const transactions = await rowsOf(stack, "oauth_transactions");
  browser.setCookies(off, browser.cookies(stack.url));
  const accounts = await browser.open(`${off}/accounts`);
  expect(accounts.text).toContain("switched off acting as a person");
  expect(accounts.text).not.toContain('action="/connect/');
  const page = await browser.request(`${off}/connect/github`, { method: "POST", headers: ownForm });
  expect(page.status).toBe(403);
  expect(codeOf(page)).toBe("user_tokens_disabled");
  expect(page.text).toContain("Connecting is switched off");
  expect(page.text).toContain("What is connected can still be disconnected.");
  expect(await rowsOf(stack, "oauth_transactions")).toEqual(transactions);
});

test("a connect that was under way is refused at the callback, and its token is ended alone", async () => {
  const { login } = newcomer(stack);
  const { browser } = await stack.signIn(login);
  const { callback } = await answerGithub(stack, browser, "/connect/github", { login });
  const [accounts, audit] = [await rowsOf(stack, "user_external_accounts"), await lastAudit(stack)];
  const grantsEnded = endings(stack, "grant");
  browser.setCookies(off, browser.cookies(stack.url));
  const page = await browser.request(at(callback));
  expect(page.status).toBe(403);
  expect(codeOf(page)).toBe("user_tokens_disabled");
  expect(await rowsOf(stack, "user_external_accounts")).toEqual(accounts);
  expect(tokensAtGithub(stack, login)).toBe(0);
  expect(endings(stack, "grant")).toBe(grantsEnded);
  expect(await auditSince(stack, audit)).toMatchObject([
    { action: "connect", result: "failed", code: "user_tokens_disabled", user_id: expect.any(String) },
  ]);
});

test("signing in goes on, for who has an account and for who has none", async () => {
  const owner = await committer(stack);
  for (const { login } of [owner, newcomer(stack)]) {
    const { browser } = await stack.signIn(newcomer(stack).login);
    const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login });
    browser.setCookies(off, browser.cookies(stack.url));
    expect((await browser.request(at(callback))).status).toBe(303);
    expect((await browser.open(`${off}/accounts`)).text).toContain(login);
  }
  expect(await accountOf(stack, owner.userId)).toMatchObject({ state: "active", version: 2 });
  expect((await owner.commit()).status).toBe(201);
});

test("nobody can act as a person, and nothing is sent to GitHub", async () => {
  const owner = await committer(stack);
  const sent = stack.sandbox.requests.length;
  const user = `gh.${owner.id}`;
  const pass = { user, repositories: [owner.repository], capabilities: ["commit"], expires_in: 3600 };
  for (const answer of [
    await stack.commit(owner.key, { user, repository: owner.repository }, { url: off }),
    await stack.call("GET", `/api/v1/users/${user}/git-identity`, { key: owner.key, url: off }),
    await stack.call("POST", "/api/v1/passes", { key: owner.key, url: off, body: pass }),
  ]) {
    expect(answer).toMatchObject({ status: 403, body: { code: "user_tokens_disabled" } });
  }
  expect(stack.sandbox.requests.length).toBe(sent);
});

test("disconnecting goes on, and ends the grant at GitHub", async () => {
  const owner = await committer(stack);
  owner.browser.setCookies(off, owner.browser.cookies(stack.url));
  const accounts = await owner.browser.open(`${off}/accounts`);
  const page = await owner.browser.submit(accounts, "/accounts/github/disconnect");
  expect(page.url).toBe(`${off}/accounts?done=done&provider=github`);
  expect(await accountOf(stack, owner.userId)).toMatchObject({ state: "revoked", access_token: null });
  expect(tokensAtGithub(stack, owner.login)).toBeNull();
});

test("permissions can still be ended", async () => {
  const owner = await committer(stack);
  owner.browser.setCookies(off, owner.browser.cookies(stack.url));
  const page = await owner.browser.submit(await owner.browser.open(`${off}/permissions`), "End");
  expect(page.text).toContain("Ended. The bot");
  expect((await owner.commit()).body).toMatchObject({ code: "delegation_required" });
});

test("what GitHub tells, what must be ended there and what keeps accounts alive goes on", async () => {
  const environment = { ...stack.environment, ENABLE_GITHUB_USER_TOKENS: "false" };
  const { services, close } = await openReplica({ ...stack, environment });

  const owner = await committer(stack);
  await stack.sandbox.revokeGrant(owner.login, { deliver: false });
  const payload = JSON.stringify({ action: "revoked", sender: { id: owner.id, login: owner.login } });
  await services.handleDelivery({ provider: "github", deliveryId: "told", event: "github_app_authorization", payload });
  expect(await accountOf(stack, owner.userId)).toMatchObject({ state: "revoked", access_token: null });

  const leaving = await committer(stack);
  await stack.database.transaction((transaction) =>
    moveToPendingRevocation(services, transaction, { userId: leaving.userId, provider: "github" }, "admin", "admin"),
  );
  await endPendingRevocations(services, () => false);
  // The other replica's job may have been quicker.
  await expect.poll(() => tokensAtGithub(stack, leaving.login)).toBeNull();

  const idle = await connectSomebody(stack);
  const before = await age(stack, idle.userId, "expired");
  await sharedRefresh(services, before);
  expect(await accountOf(stack, idle.userId)).toMatchObject({ state: "active", version: before.version + 1 });
  await close();
});
