import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { endPendingRevocations } from "../../src/actions/accounts/end-pending-revocations.ts";
import { codeOf } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { allHandled } from "../harness/deliveries.ts";
import { type Committer, committer, endings, newcomer, tokensAtGithub } from "../harness/people.ts";
import { openReplica, type Replica } from "../harness/replica.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { accountOf, auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";

let stack: Stack;
let replica: Replica;
beforeAll(async () => {
  stack = await startStack();
  replica = await openReplica(stack);
});
afterEach(async () => {
  stack.sandbox.faults.clear();
  await stack.database.query({ text: "DELETE FROM pending_revocations" });
});
afterAll(async () => {
  await replica.close();
  await stack.stop();
});

const grantDeletion = { method: "DELETE", path: /\/grant$/ };
const makeDue = () => stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now()" });
/** Makes the next try due, and does what any replica's job would do then. */
const tryAgain = async () => {
  await makeDue();
  await endPendingRevocations(replica.services, () => false);
};
const ended = () => expect.poll(() => rowsOf(stack, "pending_revocations"), { timeout: 20_000 }).toEqual([]);

async function disconnect(person: { browser: Browser }): Promise<Page> {
  const accounts = await person.browser.open(`${stack.url}/accounts`);
  return person.browser.submit(accounts, "/accounts/github/disconnect");
}

/** The access token expires for GitHub and for onbehalf alike. */
async function expire(person: Committer): Promise<void> {
  stack.sandbox.expireAccessToken(person.login);
  await stack.database.query({
    text: `UPDATE user_external_accounts SET access_expires_at = now() - interval '1 minute',
      refresh_due_at = now() - interval '6 minutes' WHERE user_id = $1`,
    values: [person.userId],
  });
}

/** Requests to GitHub since a moment, as METHOD and last part of the path, with their status. */
function requestsSince(start: number): string[] {
  return stack.sandbox.requests
    .slice(start)
    .map(({ method, path, status, operation }) => `${method} ${operation ?? path.split("/").at(-1)} ${status}`);
}

test("a disconnect ends the account here and the grant at GitHub, and nothing of it is left", async () => {
  const person = await committer(stack);
  const audit = await lastAudit(stack);
  const page = await disconnect(person);
  expect(page.url).toBe(`${stack.url}/accounts?done=done&provider=github`);
  expect(page.text).toContain("Disconnected, and the authorisation was ended at GitHub.");
  expect(page.text).toContain("Access ended");
  expect(page.text).toContain("Reconnect GitHub");
  expect(await accountOf(stack, person.userId)).toMatchObject({
    state: "revoked",
    revocation_reason: "user_revoked",
    access_token: null,
    refresh_token: null,
    key_id: null,
    version: 2,
  });
  expect(tokensAtGithub(stack, person.login)).toBeNull();
  expect(await rowsOf(stack, "pending_revocations")).toEqual([]);
  const before = stack.sandbox.requests.length;
  expect(await person.commit()).toMatchObject({
    status: 403,
    body: { code: "account_revoked", action_url: `${stack.url}/accounts` },
  });
  expect(requestsSince(before)).toEqual([]);
  await allHandled(stack);
  const account = await accountOf(stack, person.userId);
  const events = (await auditSince(stack, audit)).filter(({ action }) => action !== "commit");
  expect(events).toMatchObject([
    { action: "disconnect", actor: "user", result: "succeeded", user_id: person.userId, provider: "github" },
  ]);
  expect(events[0]?.identity_id).toBe(account?.identity_id);
});

test("pressed twice, or with nothing connected, it does nothing and says nothing", async () => {
  const person = await committer(stack);
  await disconnect(person);
  const never = await stack.signIn(newcomer(stack).login);
  for (const { browser } of [person, never]) {
    const [before, audit, sent] = [await stored(stack), await lastAudit(stack), endings(stack, "grant")];
    const page = await browser.post(`${stack.url}/accounts/github/disconnect`);
    expect(page.url).toBe(`${stack.url}/accounts`);
    expect(await stored(stack)).toEqual(before);
    expect(await auditSince(stack, audit)).toEqual([]);
    expect(endings(stack, "grant")).toBe(sent);
  }
});

test("who is not signed in disconnects nobody", async () => {
  const person = await committer(stack);
  const before = await stored(stack);
  const page = await new Browser().post(`${stack.url}/accounts/github/disconnect`);
  expect(page.text).toContain("Sign in with GitHub");
  expect(await stored(stack)).toEqual(before);
  expect((await person.commit()).status).toBe(201);
});

test("a provider that is not configured can't be disconnected", async () => {
  const { browser } = await committer(stack);
  const page = await browser.post(`${stack.url}/accounts/google/disconnect`);
  expect(page.status).toBe(404);
  expect(codeOf(page)).toBe("not_found");
});

test("with GitHub failing the account ends at once, and the grant's end is tried again until GitHub confirms", async () => {
  const person = await committer(stack);
  stack.sandbox.faults.add({ match: grantDeletion, times: 2, respond: { status: 503 } });
  const page = await disconnect(person);
  expect(page.url).toBe(`${stack.url}/accounts?done=pending&provider=github`);
  expect(page.text).toContain("Still revoking at GitHub");
  expect(page.text).toContain(`${stack.sandbox.webUrl}/settings/apps/authorizations`);
  expect((await person.commit()).body).toMatchObject({ code: "account_revoked" });
  expect(tokensAtGithub(stack, person.login)).toBe(1);
  const [first] = await rowsOf(stack, "pending_revocations");
  expect(first).toMatchObject({ kind: "grant", state: "pending", attempts: 1, last_error: "GitHub answered 503" });
  await tryAgain();
  await expect.poll(async () => (await rowsOf(stack, "pending_revocations"))[0]?.attempts, { timeout: 20_000 }).toBe(2);
  await makeDue();
  await ended();
  expect(tokensAtGithub(stack, person.login)).toBeNull();
  expect((await person.browser.open(`${stack.url}/accounts`)).text).not.toContain("Still revoking");
});

test.each([
  { what: "cuts the line", fault: { dropBefore: true } },
  { what: "limits the rate", fault: { respond: { status: 429, headers: { "retry-after": "1" } } } },
  { what: "refuses our credentials", fault: { respond: { status: 401, body: { message: "Bad credentials" } } } },
  { what: "refuses for no known reason", fault: { respond: { status: 422, body: { message: "no" } } } },
])("a GitHub that $what proves nothing: the grant's end stays pending, its tokens sealed", async ({ fault }) => {
  const person = await committer(stack);
  stack.sandbox.faults.add({ match: grantDeletion, ...fault });
  expect((await disconnect(person)).url).toBe(`${stack.url}/accounts?done=pending&provider=github`);
  const [row] = await rowsOf(stack, "pending_revocations");
  expect(row).toMatchObject({ state: "pending", access_token: expect.any(String), refresh_token: expect.any(String) });
  await tryAgain();
  await ended();
  expect(tokensAtGithub(stack, person.login)).toBeNull();
});

test("an end whose answer is lost is asked for again, and found done", async () => {
  const person = await committer(stack);
  stack.sandbox.faults.add({ match: grantDeletion, dropAfterHandling: true });
  expect((await disconnect(person)).url).toBe(`${stack.url}/accounts?done=pending&provider=github`);
  expect(tokensAtGithub(stack, person.login)).toBeNull();
  await tryAgain();
  await ended();
});

test("tries come 5 seconds later, then more rarely, and never more than 10 minutes apart", async () => {
  const person = await committer(stack);
  stack.sandbox.faults.add({ match: grantDeletion, times: 50, respond: { status: 503 } });
  const waits = async () => {
    const { rows } = await stack.database.query<{ attempts: number; wait: number }>({
      text: `SELECT attempts, extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS wait
        FROM pending_revocations WHERE kind = 'grant'`,
    });
    return rows[0];
  };
  await disconnect(person);
  expect(await waits()).toMatchObject({ attempts: 1 });
  expect((await waits())?.wait).toBeLessThanOrEqual(5);
  await stack.database.query({ text: "UPDATE pending_revocations SET attempts = 40" });
  await tryAgain();
  await expect.poll(async () => (await waits())?.attempts, { timeout: 20_000 }).toBe(41);
  await expect.poll(async () => (await waits())?.wait, { timeout: 20_000 }).toBeGreaterThan(300);
  expect((await waits())?.wait).toBeLessThanOrEqual(600);
});

test("a start tries at once what an earlier run could not end", async () => {
  const person = await committer(stack);
  stack.sandbox.faults.add({ match: grantDeletion, respond: { status: 503 } });
  await disconnect(person);
  await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now() + interval '9 minutes'" });
  await stack.replica();
  await ended();
  expect(tokensAtGithub(stack, person.login)).toBeNull();
});

test("an expired access token is renewed first, since GitHub ends a grant only for a valid one", async () => {
  const person = await committer(stack);
  await expire(person);
  const before = stack.sandbox.requests.length;
  expect((await disconnect(person)).url).toBe(`${stack.url}/accounts?done=done&provider=github`);
  expect(requestsSince(before)).toEqual(["POST refresh 200", "DELETE grant 204"]);
  expect(tokensAtGithub(stack, person.login)).toBeNull();
});

test("a pair that was renewed for the end is kept, when the end itself fails", async () => {
  const person = await committer(stack);
  await expire(person);
  stack.sandbox.faults.add({ match: grantDeletion, respond: { status: 503 } });
  const before = stack.sandbox.requests.length;
  expect((await disconnect(person)).url).toBe(`${stack.url}/accounts?done=pending&provider=github`);
  await tryAgain();
  await ended();
  expect(requestsSince(before)).toEqual(["POST refresh 200", "DELETE grant 503", "DELETE grant 204"]);
  expect(tokensAtGithub(stack, person.login)).toBeNull();
});

test("a GitHub that can't renew just now is asked again, and nothing is called unconfirmed", async () => {
  const person = await committer(stack);
  await expire(person);
  stack.sandbox.faults.add({ match: { operation: "refresh" }, respond: { status: 502 } });
  expect((await disconnect(person)).url).toBe(`${stack.url}/accounts?done=pending&provider=github`);
  await tryAgain();
  await ended();
  expect(tokensAtGithub(stack, person.login)).toBeNull();
});
