import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { actWithToken } from "../../../src/actions/accounts/act-with-token.ts";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import type { Account } from "../../../src/store/accounts/account.ts";
import { openReplica, type Replica } from "../../harness/replica.ts";
import { connectSomebody, refreshesSent, storedAccount, waitOut } from "../../harness/stored-account.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
let replica: Replica;
let other: Replica;

beforeAll(async () => {
  replica = await openReplica(stack);
  other = await openReplica(stack);
});
afterAll(async () => {
  await replica.close();
  await other.close();
});
beforeEach(() => stack.sandbox.faults.clear());

/** Asks GitHub who the token's owner is, as an account's person. */
function whoAmI(account: Account, through = replica): Promise<unknown> {
  return actWithToken(through.services, account, async (token) => {
    const { data } = await through.services.client.rest(token, "GET /user");
    return typeof data === "object" && data && "login" in data ? data.login : data;
  });
}

test("a dead token is refreshed once and the work is done again with the new one", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  stack.sandbox.expireAccessToken(login);
  const sent = refreshesSent(stack);
  expect(await whoAmI(account)).toBe(login);
  expect(refreshesSent(stack)).toBe(sent + 1);
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: account.version + 1 });
});

test("a commit survives a token that died early, with one commit as its result", async () => {
  const { userId } = await stack.connect("ada");
  const { key } = await stack.bot("early-bot");
  await stack.delegate("gh.583231", "early-bot", ["acme/*"]);
  const { version } = await storedAccount(stack, userId);
  stack.sandbox.expireAccessToken("ada");
  const answer = await stack.commit(key);
  expect(answer.status).toBe(201);
  expect(stack.sandbox.repository("acme/site").head()).toBe(answer.body.oid);
  expect((await storedAccount(stack, userId)).version).toBe(version + 1);
});

test("at most one refresh is forced in ten minutes", async () => {
  const { login, userId } = await connectSomebody(stack);
  stack.sandbox.expireAccessToken(login);
  expect(await whoAmI(await storedAccount(stack, userId))).toBe(login);
  const renewed = await storedAccount(stack, userId);
  const sent = refreshesSent(stack);
  stack.sandbox.expireAccessToken(login);
  const refused = { code: "provider_rejected", status: 502, retryAfter: expect.any(Number) };
  await expect(whoAmI(renewed)).rejects.toMatchObject(refused);
  await expect(whoAmI(renewed, other)).rejects.toMatchObject(refused);
  expect(refreshesSent(stack)).toBe(sent);
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: renewed.version });

  expect(await whoAmI(await waitOut(stack, userId, "forced_refresh_at"))).toBe(login);
  expect(refreshesSent(stack)).toBe(sent + 1);
});

test("all who hold the dead token at once share its one forced refresh", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  stack.sandbox.expireAccessToken(login);
  const sent = refreshesSent(stack);
  const callers = Array.from({ length: 20 }, (_, index) => (index % 2 ? replica : other));
  const answers = await Promise.all(callers.map((through) => whoAmI(account, through)));
  expect(new Set(answers)).toEqual(new Set([login]));
  expect(refreshesSent(stack)).toBe(sent + 1);
  expect((await storedAccount(stack, userId)).version).toBe(account.version + 1);
});

test("who comes while another process is about to force the refresh takes its outcome, instead of being turned away", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  stack.sandbox.expireAccessToken(login);
  const sent = refreshesSent(stack);
  const [allowed, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = await openReplica(stack, {
    async beforeStatement(text) {
      if (!text.includes("SET lease_id = $3")) return;
      allowed.resolve();
      await goOn.promise;
    },
  });
  const first = whoAmI(account, slow);
  await allowed.promise;
  expect(await whoAmI(account)).toBe(login);
  goOn.resolve();
  expect(await first).toBe(login);
  expect(refreshesSent(stack)).toBe(sent + 1);
  await slow.close();
});

test("a 401 for a token that GitHub calls alive is answered as such, and changes nothing", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  stack.sandbox.faults.add({ match: { path: "/user", login }, respond: { status: 401, body: { message: "Bad" } } });
  const sent = refreshesSent(stack);
  await expect(whoAmI(account)).rejects.toMatchObject({ code: "provider_rejected", status: 502 });
  expect(refreshesSent(stack)).toBe(sent);
  const after = await storedAccount(stack, userId);
  expect(after).toMatchObject({ state: "active", version: account.version, forcedRefreshAt: null });
  expect(await whoAmI(after)).toBe(login);
});

test("who comes with the token of an older version takes the newer one, without asking GitHub about it", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  stack.sandbox.expireAccessToken(login);
  await whoAmI(account, other);
  const before = stack.sandbox.requests.length;
  expect(await whoAmI(account)).toBe(login);
  expect(stack.sandbox.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /api/v3/user",
    "GET /api/v3/user",
  ]);
});

test("only the refusal of the forced refresh ends the account", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  await stack.sandbox.revokeGrant(login, { deliver: false });
  await expect(whoAmI(account)).rejects.toMatchObject({ code: "account_revoked", status: 403 });
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "revoked", revocationReason: "refresh_failed" });
});

test("a forced refresh that fails is put off like any other, and callers are told how long", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  stack.sandbox.expireAccessToken(login);
  stack.sandbox.faults.add({ match: { operation: "refresh", login }, respond: { status: 500 } });
  await expect(whoAmI(account)).rejects.toMatchObject({ code: "provider_unavailable", retryAfter: 2 });
  await stack.database.query({
    text: "UPDATE user_external_accounts SET retry_after = retry_after + interval '1 minute' WHERE user_id = $1",
    values: [userId],
  });
  const sent = refreshesSent(stack);
  await expect(whoAmI(await storedAccount(stack, userId))).rejects.toMatchObject({
    code: "provider_unavailable",
    status: 503,
  });
  expect(refreshesSent(stack)).toBe(sent);
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: account.version });
});

test("a forced refresh that brought no pair leaves the next one allowed, as soon as its back-off has passed", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  stack.sandbox.expireAccessToken(login);
  for (const fault of [{ dropBefore: true }, { respond: { status: 502, body: "<h1>Bad gateway</h1>" } }]) {
    stack.sandbox.faults.add({ match: { operation: "refresh", login }, ...fault });
    const before = await waitOut(stack, userId, "retry_after");
    await expect(whoAmI(before)).rejects.toMatchObject({ code: "provider_unavailable" });
  }
  expect(await whoAmI(await waitOut(stack, userId, "retry_after"))).toBe(login);
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: account.version + 1 });
});

test("a forced refresh whose process died before it was sent leaves the next one allowed", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  stack.sandbox.expireAccessToken(login);
  const dying = await openReplica(stack, {
    afterStatement(text) {
      if (text.includes("SET forced_refresh_at")) throw new Error("nothing more is heard of it");
    },
  });
  await expect(whoAmI(account, dying)).rejects.toThrow("nothing more is heard of it");
  await dying.close();
  expect((await storedAccount(stack, userId)).forcedRefreshAt).toBeInstanceOf(Date);
  expect(await whoAmI(account)).toBe(login);
});

test("what GitHub refuses for other reasons is no matter of tokens", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await storedAccount(stack, userId);
  const sso = { "x-github-sso": "required; url=https://github.com/orgs/acme/sso?authorization_request=x" };
  const refusals: { status: number; headers: Record<string, string>; [told: string]: unknown }[] = [
    { status: 403, headers: sso, code: "sso_required" },
    { status: 403, headers: { "retry-after": "7" }, kind: "throttled", retryAfter: 7 },
    { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }, kind: "throttled" },
  ];
  for (const { status, headers, ...told } of refusals) {
    stack.sandbox.faults.add({
      match: { path: "/user", login },
      respond: { status, headers, body: { message: "No" } },
    });
    const before = stack.sandbox.requests.length;
    await expect(whoAmI(account)).rejects.toMatchObject(told);
    expect(stack.sandbox.requests).toHaveLength(before + 1);
  }
  const after = await storedAccount(stack, userId);
  expect(after).toMatchObject({ state: "active", version: account.version, failureCount: 0 });
  expect((await freshToken(replica.services, after)).account.version).toBe(account.version);
});
