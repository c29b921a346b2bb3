import { afterEach, expect, test } from "vitest";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { deactivateUser } from "../../../src/actions/users/deactivate-user.ts";
import { liftTombstone } from "../../../src/actions/users/lift-tombstone.ts";
import { answerGithub, codeOf } from "../../harness/authorization.ts";
import { Browser } from "../../harness/browser.ts";
import { holdRefreshes } from "../../harness/held-refresh.ts";
import { type Committer, committer, newcomer, tokensAtGithub } from "../../harness/people.ts";
import { accountOf, auditSince, lastAudit, rowsOf } from "../../harness/stored.ts";
import { age } from "../../harness/stored-account.ts";
import { useReplica } from "../../harness/use-replica.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
const answers = holdRefreshes();
const replica = useReplica(stack, { fetch: answers.fetch });
afterEach(() => stack.sandbox.faults.clear());

const operator = { actor: "operator" } as const;
const deactivate = (userId: string) => deactivateUser(replica.services, { userId, by: operator });
const lift = (id: number) => liftTombstone(replica.services, { number: String(id), by: operator });
const userRow = async (userId: string) => (await rowsOf(stack, "users")).find(({ id }) => id === userId);
const theirs = async (table: string, userId: string) =>
  (await rowsOf(stack, table)).filter(({ user_id }) => user_id === userId);
const signInAgain = async (person: { login: string }) => (await stack.signIn(person.login)).page;

/** A person who was deactivated. */
async function former(): Promise<Committer> {
  const person = await committer(stack);
  await deactivate(person.userId);
  return person;
}

test("a deactivation ends accounts, sessions and permissions at once, and the grant at GitHub", async () => {
  const person = await committer(stack);
  const body = {
    user: `gh.${person.id}`,
    repositories: [person.repository],
    capabilities: ["commit"],
    expires_in: 600,
  };
  const made = await stack.call("POST", "/api/v1/passes", { key: person.key, body });
  const withPass = () =>
    stack.commit(String(made.body.pass), { user: `gh.${person.id}`, repository: person.repository });
  expect((await withPass()).status).toBe(201);
  const audit = await lastAudit(stack);
  expect(await deactivate(person.userId)).toEqual({ revocations: "done" });
  expect(await withPass()).toMatchObject({ status: 403, body: { code: "pass_scope" } });
  expect(await theirs("passes", person.userId)).toMatchObject([{ ended_at: expect.any(String) }]);
  expect(await person.commit()).toMatchObject({ status: 404, body: { code: "user_not_found" } });
  expect((await person.browser.open(`${stack.url}/accounts`)).text).toContain("Sign in with GitHub");
  expect(tokensAtGithub(stack, person.login)).toBeNull();
  expect(await accountOf(stack, person.userId)).toMatchObject({
    state: "revoked",
    revocation_reason: "admin",
    access_token: null,
    refresh_token: null,
  });
  expect(await userRow(person.userId)).toMatchObject({ status: "deactivated", erased_at: null });
  expect(await theirs("browser_sessions", person.userId)).toEqual([]);
  expect(await theirs("pending_revocations", person.userId)).toEqual([]);
  expect(await theirs("delegations", person.userId)).toMatchObject([{ ended_at: expect.any(String) }]);
  expect(await theirs("identities", person.userId)).toMatchObject([{ login: person.login }]);
  const about = { actor: "operator", user_id: person.userId, result: "succeeded" };
  expect((await auditSince(stack, audit)).filter(({ action }) => action !== "commit")).toMatchObject([
    { ...about, action: "disconnect", detail: { reason: "admin" } },
    { ...about, action: "user.deactivate" },
  ]);
});

test("repeated it changes nothing, and tries again what GitHub has not confirmed", async () => {
  const person = await committer(stack);
  stack.sandbox.faults.add({ match: { method: "DELETE", path: /\/grant$/ }, respond: { status: 503 } });
  expect(await deactivate(person.userId)).toEqual({ revocations: "pending" });
  const audit = await lastAudit(stack);
  await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now()" });
  await expect.poll(() => deactivate(person.userId), { timeout: 20_000 }).toEqual({ revocations: "done" });
  expect(tokensAtGithub(stack, person.login)).toBeNull();
  expect(await auditSince(stack, audit)).toEqual([]);
});

test("dead tokens are told as unconfirmed", async () => {
  const person = await committer(stack);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  await age(stack, person.userId, "expired");
  expect(await deactivate(person.userId)).toEqual({ revocations: "unconfirmed" });
});

test("nobody is deactivated who does not exist", async () => {
  const unknown = deactivate("00000000-0000-4000-8000-000000000000");
  await expect(unknown).rejects.toMatchObject({ code: "user_not_found" });
});

test("who was deactivated can't sign in, and a refused sign-in leaves no grant at GitHub", async () => {
  const person = await former();
  const page = await signInAgain(person);
  expect(page.status).toBe(403);
  expect(codeOf(page)).toBe("user_deactivated");
  expect(page.text).toContain(`they need this: gh.${person.id}`);
  await expect.poll(() => tokensAtGithub(stack, person.login)).toBeNull();
  expect(await theirs("browser_sessions", person.userId)).toEqual([]);
});

test("nobody else can connect that identity, and the grant that it made is ended", async () => {
  const person = await former();
  const other = await stack.connect(newcomer(stack).login);
  await other.browser.post(`${stack.url}/accounts/github/disconnect`);
  const { callback } = await answerGithub(stack, other.browser, "/connect/github", { login: person.login });
  const page = await other.browser.open(callback.href);
  expect(page.status).toBe(403);
  expect(codeOf(page)).toBe("user_deactivated");
  await expect.poll(() => tokensAtGithub(stack, person.login)).toBeNull();
  expect(await accountOf(stack, other.userId)).toMatchObject({ state: "revoked" });
});

test.each(["/connect/github", "/sign-in/github"] as const)(
  "%s that was at GitHub meanwhile brings nothing back",
  async (path) => {
    const person = await committer(stack);
    // The connect's own session ends with the user; a sign-in has one of nobody's.
    const browser = path === "/sign-in/github" ? new Browser() : person.browser;
    if (path === "/sign-in/github") await browser.open(`${stack.url}/`);
    const { callback } = await answerGithub(stack, browser, path, { login: person.login });
    await deactivate(person.userId);
    expect((await browser.open(callback.href)).status).toBeGreaterThanOrEqual(400);
    await expect.poll(() => tokensAtGithub(stack, person.login)).toBeNull();
    expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked" });
    expect(await theirs("browser_sessions", person.userId)).toEqual([]);
  },
);

test("a refresh that is under way brings nothing back: its pair ends the grant", async () => {
  const person = await committer(stack);
  const account = await age(stack, person.userId, "valid");
  const held = answers.hold();
  const caller = freshToken(replica.services, account).catch((problem) => problem);
  await held.rotated;
  // The token that is dead by now proves nothing.
  expect(await deactivate(person.userId)).toEqual({ revocations: "pending" });
  held.release();
  await caller;
  await expect.poll(() => tokensAtGithub(stack, person.login)).toBeNull();
  await expect.poll(() => theirs("pending_revocations", person.userId)).toEqual([]);
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked", access_token: null });
});

test("a refresh whose process died with the pair leaves the end unconfirmed, when the lease has run out", async () => {
  const person = await committer(stack);
  const account = await age(stack, person.userId, "valid");
  const held = answers.hold();
  const caller = freshToken(replica.services, account).catch((problem) => problem);
  await held.rotated;
  expect(await deactivate(person.userId)).toEqual({ revocations: "pending" });
  await stack.database.query({
    text: "UPDATE pending_revocations SET refresh_until = now(), next_attempt_at = now() WHERE user_id = $1",
    values: [person.userId],
  });
  await expect.poll(() => deactivate(person.userId), { timeout: 20_000 }).toEqual({ revocations: "unconfirmed" });
  // The pair came after all: now the end is certain.
  held.release();
  await caller;
  await expect.poll(() => theirs("pending_revocations", person.userId)).toEqual([]);
  expect(tokensAtGithub(stack, person.login)).toBeNull();
});

test("a permission that is given meanwhile is refused", async () => {
  const person = await former();
  const grant = stack.delegate(person.userId, `bot-of-${person.login}`, [person.repository]);
  await expect(grant).rejects.toMatchObject({ code: "user_not_found" });
});

test("with the tombstone lifted the person is the same user again, with nothing connected or permitted", async () => {
  const person = await former();
  const audit = await lastAudit(stack);
  expect(await lift(person.id)).toEqual({ users: [{ id: person.userId, status: "active" }] });
  expect(await auditSince(stack, audit)).toMatchObject([
    { action: "tombstone.lift", actor: "operator", user_id: person.userId },
  ]);
  expect((await person.commit()).body).toMatchObject({ code: "delegation_required" });
  const { browser, page } = await stack.signIn(person.login);
  expect(page.text).toContain("Access ended");
  expect((await stack.connect(person.login, browser)).userId).toBe(person.userId);
  await stack.delegate(person.userId, `bot-of-${person.login}`, [person.repository]);
  expect((await person.commit()).status).toBe(201);
  await expect(lift(person.id)).rejects.toMatchObject({ code: "not_found" });
});
