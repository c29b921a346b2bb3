import { afterAll, beforeAll, expect, test } from "vitest";
import { answerGithub, codeOf } from "../harness/authorization.ts";
import type { Browser } from "../harness/browser.ts";
import { committer, endings, newcomer, tokensAtGithub } from "../harness/people.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { auditSince, lastAudit, stored } from "../harness/stored.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const inUse = { code: "identity_in_use", says: "is connected to another user" };
const different = { code: "different_identity", says: "You picked a different GitHub account" };

/**
 * Comes back from GitHub as somebody who can't be connected: a page says so, nothing is stored, and of all that GitHub
 * gave out only the new token is ended.
 * @returns the event that says so
 */
async function comesBackAs(browser: Browser, login: string, expected: { code: string; says: string }) {
  const { callback } = await answerGithub(stack, browser, "/connect/github", { login });
  const { grants: _, ...before } = await stored(stack);
  const [audit, tokens] = [await lastAudit(stack), tokensAtGithub(stack, login) ?? 0];
  const ended = { grant: endings(stack, "grant"), token: endings(stack, "token") };
  const page = await browser.request(callback.href);
  expect(page.status).toBe(409);
  expect(codeOf(page)).toBe(expected.code);
  expect(page.text).toContain(expected.says);
  expect(page.text).toContain(`@${login}`);
  expect(page.text).toContain('href="/accounts"');
  const { grants: __, ...after } = await stored(stack);
  expect(after).toEqual(before);
  expect(tokensAtGithub(stack, login)).toBe(tokens);
  expect({ grant: endings(stack, "grant"), token: endings(stack, "token") }).toEqual({
    ...ended,
    token: ended.token + 1,
  });
  const events = await auditSince(stack, audit);
  expect(events).toMatchObject([{ action: "connect", actor: "user", result: "failed", code: expected.code }]);
  return events[0];
}

test("a GitHub account that another user has connected: that user's account goes on working", async () => {
  const owner = await committer(stack);
  const { browser } = await stack.signIn(newcomer(stack).login);
  const event = await comesBackAs(browser, owner.login, inUse);
  expect(event?.user_id).toEqual(expect.any(String));
  expect(event?.user_id).not.toBe(owner.userId);
  expect(tokensAtGithub(stack, owner.login)).toBe(1);
  expect((await owner.commit()).status).toBe(201);
});

test("the same when both have one: neither is touched", async () => {
  const [owner, other] = [await committer(stack), await committer(stack)];
  await comesBackAs(other.browser, owner.login, inUse);
  expect((await owner.commit()).status).toBe(201);
  expect((await other.commit()).status).toBe(201);
});

test("a GitHub account that another user signs in with, though it is not connected", async () => {
  const owner = newcomer(stack);
  await stack.signIn(owner.login);
  const { browser } = await stack.signIn(newcomer(stack).login);
  await comesBackAs(browser, owner.login, inUse);
  expect((await stack.connect(owner.login)).page.text).toContain("Connected. Bots that you permit");
});

test("another GitHub account than the connected one: the connected one goes on working", async () => {
  const owner = await committer(stack);
  const second = newcomer(stack);
  await comesBackAs(owner.browser, second.login, different);
  expect((await owner.commit()).status).toBe(201);
  expect((await owner.browser.open(`${stack.url}/accounts`)).text).toContain(`@${owner.login}`);
  expect((await stack.connect(second.login)).page.text).toContain("Connected. Bots that you permit");
});

test("twelve refused attempts do not push the rightful account's token out of GitHub's ten", async () => {
  const owner = await committer(stack);
  const { browser } = await stack.signIn(newcomer(stack).login);
  for (let count = 0; count < 12; count++) await comesBackAs(browser, owner.login, inUse);
  expect((await owner.commit()).status).toBe(201);
});
