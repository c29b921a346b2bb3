import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { answerGithub } from "../harness/authorization.ts";
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

test("a person without an account signs in: nothing is stored of the token, which is ended alone", async () => {
  const before = await lastAudit(stack);
  const grantsEnded = endings(stack, "grant");
  const { page } = await stack.signIn("linus");
  expect(page.url).toBe(`${stack.url}/accounts`);
  expect(page.text).toContain("linus");
  expect(page.text).toContain("Not connected");
  const identity = (await rowsOf(stack, "identities")).find(({ login }) => login === "linus");
  expect(identity).toMatchObject({ provider: "github", provider_uid: "1024025", display_name: "Linus T." });
  expect(await accountOf(stack, String(identity?.user_id))).toBeUndefined();
  expect(await rowsOf(stack, "pending_revocations")).toEqual([]);
  expect(tokensAtGithub(stack, "linus")).toBe(0);
  expect(endings(stack, "grant")).toBe(grantsEnded);
  expect(await auditSince(stack, before)).toMatchObject([
    {
      action: "sign_in",
      actor: "user",
      result: "succeeded",
      user_id: identity?.user_id,
      identity_id: identity?.id,
      provider: "github",
    },
  ]);
});

test("the same person is the same user the next time, also under a new login and name", async () => {
  newcomer(stack, { login: "old-name", id: 777001, name: "Old" });
  await stack.signIn("old-name");
  const users = await rowsOf(stack, "users");
  stack.sandbox.updatePerson("old-name", { login: "new-name", name: "New" });
  const { page } = await stack.signIn("new-name");
  expect(page.text).toContain("new-name");
  expect(await rowsOf(stack, "users")).toEqual(users);
  const identities = (await rowsOf(stack, "identities")).filter(({ provider_uid }) => provider_uid === "777001");
  expect(identities).toMatchObject([{ login: "new-name", display_name: "New" }]);
});

test("a re-registered login is another person", async () => {
  newcomer(stack, { login: "gone" });
  await stack.signIn("gone");
  stack.sandbox.updatePerson("gone", { login: "moved-away" });
  newcomer(stack, { login: "gone" });
  await stack.signIn("gone");
  const identities = (await rowsOf(stack, "identities")).filter(({ login }) => login === "gone");
  expect(new Set(identities.map(({ user_id }) => user_id)).size).toBe(2);
});

test("two first sign-ins of a person at once make one user", async () => {
  newcomer(stack, { login: "twice" });
  const users = (await rowsOf(stack, "users")).length;
  const pages = await Promise.all([1, 2, 3].map(() => stack.signIn("twice")));
  expect(pages.map(({ page }) => page.url)).toEqual(Array(3).fill(`${stack.url}/accounts`));
  expect((await rowsOf(stack, "users")).length).toBe(users + 1);
});

test("a person with an account signs in: the new pair takes the stored one's place, and the account still works", async () => {
  const { login, userId, commit } = await committer(stack);
  const before = await accountOf(stack, userId);
  const ended = { grant: endings(stack, "grant"), token: endings(stack, "token") };
  await stack.signIn(login);
  const after = await accountOf(stack, userId);
  expect(after).toMatchObject({ id: before?.id, state: "active", version: Number(before?.version) + 1 });
  expect(after?.connected_at).toBe(before?.connected_at);
  expect(after?.access_token).not.toBe(before?.access_token);
  expect({ grant: endings(stack, "grant"), token: endings(stack, "token") }).toEqual({
    ...ended,
    token: ended.token + 1,
  });
  expect(tokensAtGithub(stack, login)).toBe(1);
  expect(await rowsOf(stack, "pending_revocations")).toEqual([]);
  expect((await commit()).status).toBe(201);
});

test("twelve sign-ins in a row leave one token, and the account still works", async () => {
  const { login, userId, commit } = await committer(stack);
  const before = await accountOf(stack, userId);
  for (let count = 0; count < 12; count++) await stack.signIn(login);
  expect(tokensAtGithub(stack, login)).toBe(1);
  expect(await accountOf(stack, userId)).toMatchObject({ state: "active", version: Number(before?.version) + 12 });
  expect((await commit()).status).toBe(201);
});

test("an account survives twelve sign-ins also while GitHub ends none of the old tokens", async () => {
  const { login, userId, commit } = await committer(stack);
  const before = await accountOf(stack, userId);
  stack.sandbox.faults.add({ match: { method: "DELETE", path: /\/token$/ }, times: 50, respond: { status: 500 } });
  for (let count = 0; count < 12; count++) await stack.signIn(login);
  expect(tokensAtGithub(stack, login)).toBe(10);
  expect(await accountOf(stack, userId)).toMatchObject({ state: "active", version: Number(before?.version) + 12 });
  expect((await commit()).status).toBe(201);
  stack.sandbox.faults.clear();
  await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now()" });
  await vi.waitFor(async () => expect(await rowsOf(stack, "pending_revocations")).toEqual([]), 20_000);
  expect(tokensAtGithub(stack, login)).toBe(1);
  expect((await commit()).status).toBe(201);
});

test("a disconnect that comes while a person signs in is not undone by the sign-in", async () => {
  const { login, userId, commit } = await committer(stack);
  const account = await accountOf(stack, userId);
  const browser = new Browser();
  const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login });
  const { arriving } = await stack.database.transaction(async (transaction) => {
    await transaction.query({
      text: "SELECT 1 FROM identities WHERE id = $1 FOR UPDATE",
      values: [account?.identity_id],
    });
    const arriving = browser.request(callback.href);
    await vi.waitFor(async () => expect(await waitsForLock()).toBe(true), 3_000);
    await transaction.query({
      text: `UPDATE user_external_accounts SET state = 'revoked', version = version + 1, access_token = NULL,
        refresh_token = NULL, key_id = NULL, revoked_at = now(), revocation_reason = 'user_revoked' WHERE id = $1`,
      values: [account?.id],
    });
    return { arriving };
  });
  expect((await arriving).status).toBe(303);
  expect(await accountOf(stack, userId)).toMatchObject({ state: "revoked", access_token: null });
  expect((await commit()).body).toMatchObject({ code: "account_revoked" });
});

async function waitsForLock(): Promise<boolean> {
  const { rows } = await stack.database.query({
    text: "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  });
  return rows.length > 0;
}
