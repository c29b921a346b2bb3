import { beforeEach, expect, test } from "vitest";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { type Account, openTokens } from "../../../src/store/accounts/account.ts";
import { claimLease, storeRefreshedPair } from "../../../src/store/accounts/lease.ts";
import { age, connectSomebody, refreshesSent, storedAccount, waitOut } from "../../harness/stored-account.ts";
import { useReplica } from "../../harness/use-replica.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
const replica = useReplica(stack);

beforeEach(() => stack.sandbox.faults.clear());

/** A process claimed the lease, spent the refresh token at GitHub, and was never heard of again. */
async function interrupted(): Promise<{ login: string; userId: string; account: Account }> {
  const { login, userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  await claimLease(stack.database, account, 30);
  const tokens = openTokens(replica.services.keyring, account);
  await replica.services.providers.get("github")?.refresh(tokens?.refreshToken ?? "", {});
  return { login, userId, account: await waitOut(stack, userId, "lease_until") };
}

test("a refusal after a lease ran out makes the account suspect, and nothing is sent for ten minutes", async () => {
  const { userId, account } = await interrupted();
  const suspect = { code: "account_suspect", status: 503, retryAfter: 600 };
  await expect(freshToken(replica.services, account)).rejects.toMatchObject(suspect);
  const after = await storedAccount(stack, userId);
  expect(after).toMatchObject({ state: "active", version: account.version, leaseHeld: false });
  expect(openTokens(replica.services.keyring, after)).toEqual(openTokens(replica.services.keyring, account));
  const seconds = ((after.suspectUntil?.getTime() ?? 0) - after.readAt.getTime()) / 1000;
  expect(Math.ceil(seconds / 60)).toBe(10);

  const sent = refreshesSent(stack);
  const again = await freshToken(replica.services, after).catch((problem) => problem);
  expect(again).toMatchObject({ code: "account_suspect", status: 503 });
  expect(again.retryAfter).toBeGreaterThan(500);
  expect(refreshesSent(stack)).toBe(sent);
});

test("a bot is told to come back while its person's account is suspect", async () => {
  const { userId } = await stack.connect("ada");
  const { key } = await stack.bot("patient-bot");
  await stack.delegate("gh.583231", "patient-bot", ["acme/*"]);
  await age(stack, userId, "expired");
  await stack.database.query({
    text: "UPDATE user_external_accounts SET suspect_until = now() + interval '5 minutes' WHERE user_id = $1",
    values: [userId],
  });
  const head = stack.sandbox.repository("acme/site").head();
  const answer = await stack.commit(key);
  expect(answer).toMatchObject({ status: 503, body: { code: "account_suspect" } });
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(200);
  expect(stack.sandbox.repository("acme/site").head()).toBe(head);
});

test("the pair that the first process brings after all ends the suspicion", async () => {
  const { userId, account } = await interrupted();
  await expect(freshToken(replica.services, account)).rejects.toMatchObject({ code: "account_suspect" });
  const pair = {
    accessToken: "ghu_late",
    refreshToken: "ghr_late",
    accessExpiresIn: 600,
    refreshExpiresIn: null,
    scopes: [],
  };
  expect(await storeRefreshedPair(replica.services, account, pair)).toBe(true);
  const cleared = await storedAccount(stack, userId);
  expect(cleared).toMatchObject({ suspectUntil: null, version: account.version + 1 });
  expect(await freshToken(replica.services, cleared)).toMatchObject({ accessToken: "ghu_late" });
});

test("a person who signs in again brings a new pair, which ends the suspicion", async () => {
  const { login, userId, account } = await interrupted();
  await expect(freshToken(replica.services, account)).rejects.toMatchObject({ code: "account_suspect" });
  await stack.signIn(login);
  const { suspectUntil, version } = await storedAccount(stack, userId);
  expect({ suspectUntil, grown: version > account.version }).toEqual({ suspectUntil: null, grown: true });
});

test("the first refusal after the ten minutes ends the account", async () => {
  const { userId, account } = await interrupted();
  await expect(freshToken(replica.services, account)).rejects.toMatchObject({ code: "account_suspect" });
  const later = await waitOut(stack, userId, "suspect_until");
  await expect(freshToken(replica.services, later)).rejects.toMatchObject({ code: "account_revoked" });
  expect(await storedAccount(stack, userId)).toMatchObject({
    state: "revoked",
    revocationReason: "refresh_failed",
    sealedAccessToken: null,
    sealedRefreshToken: null,
  });
});

test("a refresh that works under a lease taken over is an ordinary one", async () => {
  const { userId } = await connectSomebody(stack);
  await claimLease(stack.database, await age(stack, userId, "expired"), 30);
  const account = await waitOut(stack, userId, "lease_until");
  await freshToken(replica.services, account);
  expect(await storedAccount(stack, userId)).toMatchObject({ version: account.version + 1, suspectUntil: null });
});

test("that a lease was taken over is not forgotten when GitHub fails in between", async () => {
  const { login, userId, account } = await interrupted();
  stack.sandbox.faults.add({ match: { operation: "refresh" }, respond: { status: 500 } });
  await expect(freshToken(replica.services, account)).rejects.toMatchObject({ code: "provider_unavailable" });
  const later = await waitOut(stack, userId, "retry_after");
  await expect(freshToken(replica.services, later)).rejects.toMatchObject({ code: "account_suspect" });
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: account.version });
  expect(stack.sandbox.grants()).toContainEqual({ login, tokens: 1 });
});
