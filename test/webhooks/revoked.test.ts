import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { allHandled, deliver as deliverTo, tryAgain } from "../harness/deliveries.ts";
import { type Committer, committer, newcomer, tokensAtGithub } from "../harness/people.ts";
import { accountOf, auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
afterEach(() => stack.sandbox.faults.clear());

const check = { method: "POST", path: /\/applications\/[^/]+\/token$/ };
const event = (person: { id: number; login: string }) => ({
  action: "revoked",
  sender: { id: person.id, login: person.login, type: "User" },
});
const deliver = (person: { id: number; login: string }, id?: string) =>
  deliverTo(stack, "github_app_authorization", event(person), id ? { id } : {});

async function expire(person: Committer): Promise<void> {
  stack.sandbox.expireAccessToken(person.login);
  await stack.database.query({
    text: `UPDATE user_external_accounts SET access_expires_at = now() - interval '1 minute',
      refresh_due_at = now() - interval '6 minutes' WHERE user_id = $1`,
    values: [person.userId],
  });
}

function requestsSince(start: number): string[] {
  return stack.sandbox.requests
    .slice(start)
    .map(({ method, path, status, operation }) => `${method} ${operation ?? path.split("/").at(-1)} ${status}`);
}

const dead = {
  state: "revoked",
  access_token: null,
  refresh_token: null,
  key_id: null,
  access_expires_at: null,
  lease_id: null,
};

test("who ends the authorisation at GitHub has no account here any more: tokens erased, bots refused", async () => {
  const person = await committer(stack);
  const audit = await lastAudit(stack);
  await stack.sandbox.revokeGrant(person.login);
  await allHandled(stack);
  expect(stack.sandbox.deliveries.at(-1)).toMatchObject({ event: "github_app_authorization", status: 202 });
  const account = await accountOf(stack, person.userId);
  expect(account).toMatchObject({ ...dead, revocation_reason: "user_revoked", version: 2 });
  expect(await rowsOf(stack, "pending_revocations")).toEqual([]);
  expect(await auditSince(stack, audit)).toMatchObject([
    {
      action: "account.revoked",
      actor: "provider",
      result: "succeeded",
      user_id: person.userId,
      identity_id: account?.identity_id,
      provider: "github",
      detail: { reason: "user_revoked" },
    },
  ]);
  const sent = stack.sandbox.requests.length;
  expect(await person.commit()).toMatchObject({
    status: 403,
    body: { code: "account_revoked", action_url: `${stack.url}/accounts` },
  });
  expect(stack.sandbox.requests.length).toBe(sent);
  const page = await person.browser.open(`${stack.url}/accounts`);
  expect(page.text).toContain("You ended this access, here or at GitHub.");
  const { page: again } = await stack.connect(person.login, person.browser);
  expect(again.text).toContain("Connected. Bots that you permit");
  expect((await person.commit()).status).toBe(201);
});

test("a late event changes nothing where the grant lives, also after a reconnect, however often it comes", async () => {
  const person = await committer(stack);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  await stack.database.query({
    text: `UPDATE user_external_accounts SET state = 'revoked', version = version + 1, access_token = NULL,
      refresh_token = NULL, key_id = NULL, revoked_at = now(), revocation_reason = 'user_revoked' WHERE user_id = $1`,
    values: [person.userId],
  });
  await stack.connect(person.login, person.browser);
  const [before, audit] = [await stored(stack), await lastAudit(stack)];
  const id = randomUUID();
  for (const delivery of [id, id, randomUUID()]) expect((await deliver(person, delivery)).state).toBe("handled");
  expect(await stored(stack)).toEqual(before);
  expect(await auditSince(stack, audit)).toEqual([]);
  expect((await person.commit()).status).toBe(201);
});

test("an event about somebody without an account, or about nobody whom we know, is taken and changes nothing", async () => {
  const known = newcomer(stack);
  await stack.signIn(known.login);
  const [before, sent] = [await stored(stack), stack.sandbox.requests.length];
  for (const person of [known, { id: 10137, login: "ghost" }]) expect((await deliver(person)).state).toBe("handled");
  expect(await stored(stack)).toEqual(before);
  expect(stack.sandbox.requests.length).toBe(sent);
});

test("the number in the event counts, not the login", async () => {
  const [person, other] = [await committer(stack), await committer(stack)];
  await stack.sandbox.revokeGrant(other.login, { deliver: false });
  expect((await deliver({ id: other.id, login: person.login })).state).toBe("handled");
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "active" });
  expect(await accountOf(stack, other.userId)).toMatchObject({ state: "revoked" });
});

test("an expired token proves nothing: it is renewed first, and a living grant stays", async () => {
  const person = await committer(stack);
  await expire(person);
  const sent = stack.sandbox.requests.length;
  expect((await deliver(person)).state).toBe("handled");
  expect(requestsSince(sent)).toEqual(["POST refresh 200", "POST token 200"]);
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "active", version: 2 });
  expect(tokensAtGithub(stack, person.login)).toBe(1);
  expect((await person.commit()).status).toBe(201);
});

test("with an expired token and a dead grant the refused renewal ends the account, as the person's own doing", async () => {
  const person = await committer(stack);
  await expire(person);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  const audit = await lastAudit(stack);
  expect((await deliver(person)).state).toBe("handled");
  expect(await accountOf(stack, person.userId)).toMatchObject({ ...dead, revocation_reason: "user_revoked" });
  expect(await auditSince(stack, audit)).toMatchObject([
    { action: "account.revoked", actor: "provider", user_id: person.userId, detail: { reason: "user_revoked" } },
  ]);
});

test.each([
  { what: "answers 500", why: "unreachable", fault: { respond: { status: 500 } } },
  { what: "cuts the line", why: "unreachable", fault: { dropBefore: true } },
  { what: "limits the rate", why: "throttled", fault: { respond: { status: 429, headers: { "retry-after": "60" } } } },
  {
    what: "refuses our credentials",
    why: "ours",
    fault: { respond: { status: 401, body: { message: "Bad credentials" } } },
  },
  { what: "refuses for no known reason", why: "garbled", fault: { respond: { status: 422, body: { message: "no" } } } },
])("a GitHub that $what when asked ends nothing, and is asked again", async ({ fault, why }) => {
  const person = await committer(stack);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  stack.sandbox.faults.add({ match: check, ...fault });
  const [before, audit] = [await stored(stack), await lastAudit(stack)];
  const { deliveryId, ...failed } = await deliver(person);
  expect(failed).toMatchObject({ state: "received", attempts: 1, last_error: why });
  expect(await stored(stack)).toEqual(before);
  expect(await auditSince(stack, audit)).toEqual([]);
  expect((await tryAgain(stack, deliveryId)).state).toBe("handled");
  expect(await accountOf(stack, person.userId)).toMatchObject(dead);
});

test("a renewal that GitHub can't do just now ends nothing, and is tried again", async () => {
  const person = await committer(stack);
  await expire(person);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  stack.sandbox.faults.add({ match: { operation: "refresh" }, respond: { status: 502 } });
  const { deliveryId, ...failed } = await deliver(person);
  expect(failed).toMatchObject({ state: "received", last_error: "provider_unavailable" });
  const account = await accountOf(stack, person.userId);
  expect(account).toMatchObject({ state: "active", access_token: expect.any(String), version: 1 });
  await stack.database.query({
    text: "UPDATE user_external_accounts SET retry_after = NULL WHERE user_id = $1",
    values: [person.userId],
  });
  expect((await tryAgain(stack, deliveryId)).state).toBe("handled");
  expect(await accountOf(stack, person.userId)).toMatchObject({ ...dead, revocation_reason: "user_revoked" });
});

test.each([
  { what: "a refresh is under way", columns: "lease_id = gen_random_uuid(), lease_until = now() + interval '30 s'" },
  {
    what: "a refresh was left unfinished",
    columns: "lease_id = gen_random_uuid(), lease_until = now() - interval '1 s'",
  },
  { what: "the account is suspect", columns: "suspect_until = now() + interval '10 minutes'" },
])("while $what a dead token proves nothing: nothing ends, and it is looked at again", async ({ columns }) => {
  const person = await committer(stack);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  const change = (text: string) =>
    stack.database.query({
      text: `UPDATE user_external_accounts SET ${text} WHERE user_id = $1`,
      values: [person.userId],
    });
  await change(columns);
  const before = await stored(stack);
  const { deliveryId, state } = await deliver(person);
  expect(state).toBe("received");
  expect(await stored(stack)).toEqual(before);
  await change("lease_id = NULL, lease_until = NULL, suspect_until = NULL");
  expect((await tryAgain(stack, deliveryId)).state).toBe("handled");
  expect(await accountOf(stack, person.userId)).toMatchObject(dead);
});

test("a reconnect that comes while GitHub is being asked is not ended by the answer about the token before", async () => {
  const person = await committer(stack);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  stack.sandbox.faults.add({ match: check, delayMs: 1_500 });
  const sent = stack.sandbox.requests.length;
  const delivered = deliver(person);
  await expect.poll(() => requestsSince(sent), { timeout: 5_000, interval: 10 }).toContain("POST token 0");
  await stack.signIn(person.login);
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "active", version: 2 });
  expect((await delivered).state).toBe("handled");
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "active", version: 2 });
  expect((await person.commit()).status).toBe(201);
});

test("an event that our own disconnect caused changes nothing", async () => {
  const person = await committer(stack);
  const audit = await lastAudit(stack);
  await person.browser.post(`${stack.url}/accounts/github/disconnect`);
  await allHandled(stack);
  expect(stack.sandbox.deliveries.at(-1)).toMatchObject({ event: "github_app_authorization", status: 202 });
  // Deliveries of the tests before may be tried again meanwhile.
  const events = (await auditSince(stack, audit)).filter(({ user_id }) => user_id === person.userId);
  expect(events).toMatchObject([{ action: "disconnect" }]);
  expect(await accountOf(stack, person.userId)).toMatchObject({
    ...dead,
    revocation_reason: "user_revoked",
    version: 2,
  });
});
