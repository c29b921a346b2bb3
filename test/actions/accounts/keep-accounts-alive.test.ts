import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { keepAccountsAlive } from "../../../src/actions/accounts/keep-accounts-alive.ts";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { secondsToNextLook } from "../../../src/store/accounts/due-accounts.ts";
import { openReplica, type Replica } from "../../harness/replica.ts";
import { accountOf, auditSince, lastAudit, stored } from "../../harness/stored.ts";
import { connectSomebody, refreshesSent, storedAccount, waitOut } from "../../harness/stored-account.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
let replica: Replica;

beforeAll(async () => {
  replica = await openReplica(stack);
});
afterAll(() => replica.close());
beforeEach(async () => {
  stack.sandbox.faults.clear();
  // The stack's own turns are an hour away, and so is everybody else's account.
  await stack.database.query({
    text: `INSERT INTO errands (name, due_at) VALUES ('accounts of github', now() + interval '1 hour')
      ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at, lease_id = NULL, lease_until = NULL`,
  });
  await stack.database.query({ text: "UPDATE user_external_accounts SET look_at = now() + interval '1 day'" });
});

/** The next turn of a replica, whenever the one before was. */
async function turn(through = replica): Promise<void> {
  await stack.database.query({
    text: "UPDATE errands SET due_at = now() WHERE name = 'accounts of github' AND lease_id IS NULL",
  });
  await keepAccountsAlive(through.services, () => false);
  // The stack's own job may have been quicker.
  await expect.poll(async () => (await errand())?.lease_id).toBeNull();
}

async function errand(): Promise<{ lease_id: string | null; left: number } | undefined> {
  const { rows } = await stack.database.query<{ lease_id: string | null; left: number }>({
    text: `SELECT lease_id, extract(epoch FROM due_at - now())::float8 AS left FROM errands
      WHERE name = 'accounts of github'`,
  });
  return rows[0];
}

/** Lets time pass for an account, in days: since it was connected or used, until its refresh token ends. */
async function pass(
  userId: string,
  { unused, used, refreshEndsIn = 100 }: { unused?: number; used?: number; refreshEndsIn?: number | null },
): Promise<void> {
  await stack.database.query({
    text: `UPDATE user_external_accounts SET look_at = now() - interval '1 minute',
        access_expires_at = now() - interval '1 hour', refresh_due_at = now() - interval '1 hour',
        connected_at = now() - $2::float8 * interval '1 day', last_used_at = now() - $3::float8 * interval '1 day',
        refresh_expires_at = now() + $4::float8 * interval '1 day' WHERE user_id = $1`,
    values: [userId, unused ?? used ?? 0, used ?? null, refreshEndsIn],
  });
}

/** In how many hours the background looks at an account. */
async function hoursToLook(userId: string): Promise<number> {
  const { rows } = await stack.database.query<{ hours: number }>({
    text: `SELECT extract(epoch FROM look_at - now())::float8 / 3600 AS hours FROM user_external_accounts WHERE user_id = $1`,
    values: [userId],
  });
  return Math.round((rows[0]?.hours ?? Number.NaN) * 10) / 10;
}

test.each([
  ["has not been used for a day", { used: 1.1 }],
  ["was never used since it was connected", { unused: 1.1 }],
  ["is in use, but whose refresh token ends within 14 days", { used: 0.1, refreshEndsIn: 13.9 }],
  ["has not been used for a day, and whose refresh token has no end date", { used: 2, refreshEndsIn: null }],
])("an account that %s is refreshed, and looked at a day later", async (_what, since) => {
  const { userId } = await connectSomebody(stack);
  const { version } = await storedAccount(stack, userId);
  await pass(userId, since);
  await turn();
  expect(await storedAccount(stack, userId)).toMatchObject({ version: version + 1, state: "active" });
  expect(await hoursToLook(userId)).toBe(24);
  const sent = refreshesSent(stack);
  await turn();
  expect(refreshesSent(stack)).toBe(sent);
});

test.each([
  ["a day after its last use", { used: 0.25 }, 18],
  ["when its refresh token has 14 days left", { used: 0.25, refreshEndsIn: 14.5 }, 12],
  ["a day after its last use, where nothing ends", { used: 0.5, refreshEndsIn: null }, 12],
])("an account that is in use is left alone, and looked at %s", async (_what, since, hours) => {
  const { userId } = await connectSomebody(stack);
  const { version } = await storedAccount(stack, userId);
  await pass(userId, since);
  const sent = stack.sandbox.requests.length;
  await turn();
  expect(stack.sandbox.requests).toHaveLength(sent);
  expect(await storedAccount(stack, userId)).toMatchObject({ version });
  expect(await hoursToLook(userId)).toBe(hours);
});

test("a pair is looked at after a day, or sooner where its refresh token lives shorter", () => {
  const [day, hour] = [86_400, 3_600];
  expect([15_897_600, 15 * day, 14.5 * day, 7 * day, day, hour, null].map(secondsToNextLook)).toEqual([
    day,
    day,
    day,
    day,
    day / 2,
    hour / 2,
    day,
  ]);
});

test("an authorisation that ended without a word is found out, and ends with that said", async () => {
  const { login, userId } = await connectSomebody(stack);
  await stack.sandbox.revokeGrant(login, { deliver: false });
  await pass(userId, { used: 2 });
  const audit = await lastAudit(stack);
  await turn();
  expect(await storedAccount(stack, userId)).toMatchObject({
    state: "revoked",
    revocationReason: "refresh_failed",
    sealedAccessToken: null,
    sealedRefreshToken: null,
  });
  expect(await auditSince(stack, audit)).toMatchObject([
    { action: "account.revoked", actor: "provider", user_id: userId, detail: { reason: "refresh_failed" } },
  ]);
  const sent = stack.sandbox.requests.length;
  await turn();
  expect(stack.sandbox.requests).toHaveLength(sent);
});

test("a token that never expires is asked about instead: alive it stays, dead it ends the account", async () => {
  stack.sandbox.switches.expiringTokens = false;
  const [living, dead] = [await connectSomebody(stack), await connectSomebody(stack)];
  stack.sandbox.switches.expiringTokens = true;
  await stack.sandbox.revokeGrant(dead.login, { deliver: false });
  await stack.database.query({
    text: `UPDATE user_external_accounts SET look_at = now(), last_used_at = now() - interval '2 days'
      WHERE user_id = ANY ($1)`,
    values: [[living.userId, dead.userId]],
  });
  const sent = refreshesSent(stack);
  await turn();
  expect(refreshesSent(stack)).toBe(sent);
  expect(await storedAccount(stack, living.userId)).toMatchObject({ state: "active", version: 1 });
  expect(await hoursToLook(living.userId)).toBe(1);
  expect(await storedAccount(stack, dead.userId)).toMatchObject({
    state: "revoked",
    revocationReason: "refresh_failed",
  });
});

test("four at a time, however many are due and however many replicas there are, the oldest first", async () => {
  const other = await openReplica(stack);
  const people = await Promise.all(Array.from({ length: 7 }, () => connectSomebody(stack)));
  for (const [index, { userId }] of people.entries()) {
    await pass(userId, { used: 2 });
    await stack.database.query({
      text: "UPDATE user_external_accounts SET look_at = now() - $2 * interval '1 hour' WHERE user_id = $1",
      values: [userId, index + 1],
    });
  }
  const sent = refreshesSent(stack);
  await Promise.all([turn(), keepAccountsAlive(other.services, () => false)]);
  expect(refreshesSent(stack)).toBe(sent + 4);
  const versions = await Promise.all(people.map(async ({ userId }) => (await storedAccount(stack, userId)).version));
  expect(versions).toEqual([1, 1, 1, 2, 2, 2, 2]);
  await keepAccountsAlive(other.services, () => false);
  expect(refreshesSent(stack), "the next turn is a quarter of a minute away").toBe(sent + 4);
  await turn(other);
  expect(refreshesSent(stack)).toBe(sent + 7);
  await other.close();
});

test("accounts in use don't keep those that are due from being found", async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => connectSomebody(stack)));
  for (const { userId } of people) await pass(userId, { used: 0.1 });
  const { userId } = await connectSomebody(stack);
  await pass(userId, { used: 2 });
  await stack.database.query({
    text: "UPDATE user_external_accounts SET look_at = now() WHERE user_id = $1",
    values: [userId],
  });
  await turn();
  expect(await storedAccount(stack, userId)).toMatchObject({ version: 2 });
});

test("who fails does not come back in place of the others, but an hour later, then two, up to a day", async () => {
  const { login, userId } = await connectSomebody(stack);
  stack.sandbox.faults.add({ match: { operation: "refresh", login }, times: 7, respond: { status: 500 } });
  const hours = [];
  for (let failure = 0; failure < 7; failure++) {
    await waitOut(stack, userId, "retry_after");
    await pass(userId, { used: 2 });
    await turn();
    hours.push(await hoursToLook(userId));
  }
  expect(hours).toEqual([1, 2, 4, 8, 16, 24, 24]);
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: 1, failureCount: 7 });
});

test.each([
  ["can't be reached", { respond: { status: 503 } }, 60],
  ["limits the rate", { respond: { status: 429, headers: { "retry-after": "600" } } }, 600],
  ["limits the rate for a day", { respond: { status: 429, headers: { "retry-after": "86400" } } }, 3_600],
  ["refuses our credentials", { respond: { status: 200, body: { error: "incorrect_client_credentials" } } }, 60],
])("a GitHub that %s is left alone for a while", async (_what, fault, seconds) => {
  const { login, userId } = await connectSomebody(stack);
  await pass(userId, { used: 2 });
  stack.sandbox.faults.add({ match: { operation: "refresh", login }, ...fault });
  await turn();
  const left = (await errand())?.left;
  expect(left).toBeGreaterThan(seconds - 30);
  expect(left).toBeLessThanOrEqual(seconds);
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: 1 });
});

test.each([
  ["back-off", "retry_after = now() + interval '5 minutes', failure_count = 3"],
  ["suspicion", "suspect_until = now() + interval '5 minutes'"],
])("%s holds for the background, too: nothing is sent", async (_what, columns) => {
  const { userId } = await connectSomebody(stack);
  await pass(userId, { used: 2 });
  await stack.database.query({
    text: `UPDATE user_external_accounts SET ${columns} WHERE user_id = $1`,
    values: [userId],
  });
  const sent = stack.sandbox.requests.length;
  await turn();
  expect(stack.sandbox.requests).toHaveLength(sent);
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: 1 });
});

test("a suspicion that nobody comes to settle is settled by the next look", async () => {
  const { login, userId } = await connectSomebody(stack);
  await stack.sandbox.revokeGrant(login, { deliver: false });
  await pass(userId, { used: 2 });
  await stack.database.query({
    text: "UPDATE user_external_accounts SET suspect_until = now() - interval '1 s' WHERE user_id = $1",
    values: [userId],
  });
  const audit = await lastAudit(stack);
  await turn();
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "revoked", revocationReason: "refresh_failed" });
  expect(await auditSince(stack, audit)).toMatchObject([{ detail: { reason: "refresh_failed", interrupted: true } }]);
});

test("what is revoked, not confirmed yet, or can't be opened is not spent on GitHub, and changes nothing", async () => {
  const [revoked, pending, sealed] = [
    await connectSomebody(stack),
    await connectSomebody(stack),
    await connectSomebody(stack),
  ];
  for (const { userId } of [revoked, pending, sealed]) await pass(userId, { used: 2 });
  const change = (userId: string, columns: string) =>
    stack.database.query({ text: `UPDATE user_external_accounts SET ${columns} WHERE user_id = $1`, values: [userId] });
  await change(revoked.userId, "state = 'revoked', access_token = NULL, refresh_token = NULL, key_id = NULL");
  await change(pending.userId, "state = 'pending'");
  await change(sealed.userId, "refresh_token = access_token");
  const lookAt = (await accountOf(stack, revoked.userId))?.look_at;
  const sent = stack.sandbox.requests.length;
  const before = await stored(stack);
  replica.log.length = 0;
  await turn();
  expect(stack.sandbox.requests).toHaveLength(sent);
  expect((await accountOf(stack, revoked.userId))?.look_at).toBe(lookAt);
  expect(withoutLooks(await stored(stack))).toEqual(withoutLooks(before));
  expect([...replica.log, ...stack.log].map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ level: 50, msg: "an account can't be kept alive" }),
  );
});

test("who asks for a token just then gets the one that the background brings, or the other way round", async () => {
  const { userId } = await connectSomebody(stack);
  await pass(userId, { used: 2 });
  const account = await storedAccount(stack, userId);
  const sent = refreshesSent(stack);
  const other = await openReplica(stack);
  await Promise.all([turn(), freshToken(other.services, account)]);
  await other.close();
  expect(refreshesSent(stack)).toBe(sent + 1);
  const after = await storedAccount(stack, userId);
  expect(after.version).toBe(account.version + 1);
  const kept = openTokens(replica.services.keyring, after);
  expect(await replica.services.providers.get("github")?.check(kept?.accessToken ?? "", {})).toBe("alive");
});

test("a running server does it by itself", async () => {
  const { userId } = await connectSomebody(stack);
  await pass(userId, { used: 2 });
  await stack.database.query({ text: "DELETE FROM errands WHERE name = 'accounts of github'" });
  const started = await stack.replica();
  await expect.poll(async () => (await storedAccount(stack, userId)).version).toBe(2);
  await started.stop();
  expect(await hoursToLook(userId)).toBe(24);
});

function withoutLooks(tables: Record<string, unknown[]>): unknown {
  return JSON.parse(JSON.stringify(tables, (name, value) => (name === "look_at" ? undefined : value)));
}
