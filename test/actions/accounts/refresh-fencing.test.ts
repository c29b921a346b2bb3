import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { disconnectAccount } from "../../../src/actions/accounts/disconnect-account.ts";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { type HeldRefresh, holdRefreshes } from "../../harness/held-refresh.ts";
import { openReplica, type Replica, type ReplicaOptions } from "../../harness/replica.ts";
import { rowsOf } from "../../harness/stored.ts";
import { age, connectSomebody, refreshesSent, storedAccount, waitOut } from "../../harness/stored-account.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
let answers: HeldRefresh;
let replica: Replica;
let replicas: Replica[];

beforeEach(async () => {
  stack.sandbox.faults.clear();
  answers = holdRefreshes();
  replicas = [];
  replica = await open({ fetch: answers.fetch });
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const opened of replicas) await opened.close();
});

async function open(options: ReplicaOptions): Promise<Replica> {
  const opened = await openReplica(stack, options);
  replicas.push(opened);
  return opened;
}

/** Nothing of that person is left to end. */
async function queueIsEmpty(userId: string): Promise<boolean> {
  return (await rowsOf(stack, "pending_revocations")).every((row) => row.user_id !== userId);
}

function tokensAtGithub(login: string): number | undefined {
  return stack.sandbox.grants().find((grant) => grant.login === login)?.tokens;
}

test.each(["expired", "valid"] as const)(
  "a pair that comes back after a disconnect is not kept, and ends the grant (the token before was %s)",
  async (before) => {
    const { login, userId } = await connectSomebody(stack);
    const account = await age(stack, userId, before);
    const held = answers.hold();
    const caller = freshToken(replica.services, account).catch((problem) => problem);
    await held.rotated;
    // The token that is dead by now proves nothing: the pair may come until the lease has run out.
    expect(await disconnectAccount(replica.services, { userId, provider: "github" })).toBe("pending");
    held.release();
    if (before === "expired") expect(await caller).toMatchObject({ code: "account_revoked" });
    await expect.poll(() => tokensAtGithub(login)).toBeUndefined();
    await expect.poll(() => queueIsEmpty(userId)).toBe(true);
    expect(await storedAccount(stack, userId)).toMatchObject({
      state: "revoked",
      revocationReason: "user_revoked",
      sealedAccessToken: null,
    });
  },
);

test("a pair that comes back after a reconnect ends only its own token", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const held = answers.hold();
  const caller = freshToken(replica.services, account);
  await held.rotated;
  await stack.signIn(login);
  const reconnected = await storedAccount(stack, userId);
  const rightful = openTokens(replica.services.keyring, reconnected)?.accessToken;
  held.release();
  expect(await caller).toMatchObject({ accessToken: rightful });
  await expect.poll(() => queueIsEmpty(userId)).toBe(true);
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: reconnected.version });
  expect(await replica.services.providers.get("github")?.check(rightful ?? "", {})).toBe("alive");
  expect(tokensAtGithub(login)).toBe(1);
});

test("a pair that comes back after its identity went to another user never ends that user's grant", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const held = answers.hold();
  const caller = freshToken(replica.services, account).catch((problem) => problem);
  await held.rotated;
  // While a refresh may be under way a connect of that identity waits.
  await waitOut(stack, userId, "lease_until");
  expect(await disconnectAccount(replica.services, { userId, provider: "github" })).toBe("unconfirmed");
  await stack.database.query({
    text: "UPDATE identities SET user_id = NULL WHERE id = $1",
    values: [account.identityId],
  });
  const { userId: other } = await stack.connect(login);
  expect(other).not.toBe(userId);
  held.release();
  expect(await caller).toMatchObject({ code: "account_revoked" });
  await expect.poll(() => queueIsEmpty(userId)).toBe(true);
  const rightful = openTokens(replica.services.keyring, await storedAccount(stack, other))?.accessToken;
  expect(await replica.services.providers.get("github")?.check(rightful ?? "", {})).toBe("alive");
});

test("a pair that comes back after the lease ran out is written all the same", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const held = answers.hold();
  const caller = freshToken(replica.services, account);
  await held.rotated;
  await waitOut(stack, userId, "lease_until");
  const second = await open({});
  await expect(freshToken(second.services, account)).rejects.toMatchObject({ code: "account_suspect" });
  held.release();
  const { accessToken } = await caller;
  const after = await storedAccount(stack, userId);
  expect(after).toMatchObject({ version: account.version + 1, suspectUntil: null });
  expect((await freshToken(second.services, after)).accessToken).toBe(accessToken);
});

test("who is refused because another process was faster takes that one's token, and the account stays", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const quick = await open({});
  let overtaken = false;
  const slow = await open({
    async fetch(input, init) {
      if (!overtaken && String(init?.body).includes("refresh_token")) {
        overtaken = true;
        await waitOut(stack, userId, "lease_until");
        await freshToken(quick.services, account);
      }
      return fetch(input, init);
    },
  });
  const { accessToken } = await freshToken(slow.services, account);
  const after = await storedAccount(stack, userId);
  expect(after).toMatchObject({ state: "active", version: account.version + 1 });
  expect(openTokens(replica.services.keyring, after)?.accessToken).toBe(accessToken);
});

test("who stood still between claiming the lease and sending claims it again", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const paused = await open({ beforeStatement: standStill });
  const sent = refreshesSent(stack);
  await freshToken(paused.services, account);
  expect(paused.statements.filter(isClaim)).toHaveLength(2);
  expect(refreshesSent(stack)).toBe(sent + 1);
});

test("who stood still until another process had the lease sends nothing", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const quick = await open({});
  let claims = 0;
  const paused = await open({
    async beforeStatement(text) {
      standStill(text);
      if (!isClaim(text) || ++claims !== 2) return;
      await waitOut(stack, userId, "lease_until");
      await freshToken(quick.services, account);
    },
  });
  const sent = refreshesSent(stack);
  const { accessToken } = await freshToken(paused.services, account);
  expect(refreshesSent(stack)).toBe(sent + 1);
  expect(claims).toBe(2);
  const after = await storedAccount(stack, userId);
  expect(openTokens(replica.services.keyring, after)?.accessToken).toBe(accessToken);
  expect(after.version).toBe(account.version + 1);
});

test("who stood still while another process lost the lease in its turn ends no account, since that one may have the pair", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  let claims = 0;
  let held: ReturnType<HeldRefresh["hold"]> | undefined;
  let overtaker: Promise<unknown> | undefined;
  const paused = await open({
    async beforeStatement(text) {
      standStill(text);
      if (!isClaim(text) || ++claims !== 2) return;
      await waitOut(stack, userId, "lease_until");
      held = answers.hold();
      overtaker = freshToken(replica.services, account);
      await held.rotated;
      await waitOut(stack, userId, "lease_until");
    },
  });
  await expect(freshToken(paused.services, account)).rejects.toMatchObject({ code: "account_suspect" });
  held?.release();
  expect(await overtaker).toMatchObject({ account: { state: "active", version: account.version + 1 } });
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", suspectUntil: null });
});

function isClaim(text: string): boolean {
  return text.includes("SET lease_id = $3");
}

/** 11 seconds pass from the claim on. */
function standStill(text: string): void {
  if (!isClaim(text) || vi.isMockFunction(performance.now)) return;
  const clock = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => clock() + 11_000);
}
