import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../../../sandbox/index.ts";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { openReplica, type Replica } from "../../harness/replica.ts";
import { auditSince, lastAudit } from "../../harness/stored.ts";
import { age, connectSomebody, refreshesSent, storedAccount, waitOut } from "../../harness/stored-account.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
let replica: Replica;

beforeAll(async () => {
  replica = await openReplica(stack);
});
afterAll(() => replica.close());
beforeEach(() => stack.sandbox.faults.clear());

function answer(body: string | object, status = 200, headers: Record<string, string> = {}): Omit<Fault, "match"> {
  return { respond: { status, body, headers } };
}

/** What goes wrong at GitHub, and what callers are told. */
const failures: [what: string, fault: Omit<Fault, "match">, status: number, code: string, retryAfter?: number][] = [
  ["the connection is cut", { dropBefore: true }, 503, "provider_unavailable", 2],
  ["GitHub answers 500", answer("oops", 500), 503, "provider_unavailable", 2],
  ["GitHub answers 502 with a page", answer("<h1>Bad gateway</h1>", 502), 503, "provider_unavailable", 2],
  ["the answer is no JSON", answer("<html>hello</html>"), 502, "provider_garbled"],
  ["the answer has no token", answer({ token_type: "bearer" }), 502, "provider_garbled"],
  ["the answer's token is empty", answer({ access_token: "", expires_in: 60 }), 502, "provider_garbled"],
  ["the error is one that nobody knows", answer({ error: "server_error" }), 502, "provider_garbled"],
  ["GitHub answers 404", answer({ message: "Not Found" }, 404), 502, "provider_garbled"],
  ["GitHub redirects", answer("", 302, { location: "http://127.0.0.1:1/" }), 502, "provider_garbled"],
  ["the rate limit is reached", answer("", 429, { "retry-after": "40" }), 429, "rate_limited", 40],
  ["a secondary limit is reached", answer("rate limit", 403), 429, "rate_limited", 60],
  ["our credentials are wrong", answer({ error: "incorrect_client_credentials" }), 500, "provider_configuration"],
  ["our grant type is refused", answer({ error: "unsupported_grant_type" }), 500, "provider_configuration"],
  ["our app is suspended", answer({ error: "application_suspended" }), 500, "provider_configuration"],
];

test.each([
  { expires_in: "soon" },
  { expires_in: 0 },
  { expires_in: null },
  { expires_in: 1e300, refresh_token_expires_in: 1e300 },
  { refresh_token_expires_in: -1 },
  { refresh_token: "" },
  { scope: ["a"] },
])("a new pair is kept although GitHub says %j of it", async (said) => {
  const { login, userId } = await connectSomebody(stack);
  const before = await age(stack, userId, "expired");
  const body = { access_token: `ghu_of_${login}`, expires_in: 600, refresh_token: `ghr_of_${login}`, ...said };
  stack.sandbox.faults.add({ match: { operation: "refresh", login }, ...answer(body) });
  const { accessToken } = await freshToken(replica.services, before);
  expect(accessToken).toBe(`ghu_of_${login}`);
  const after = await storedAccount(stack, userId);
  expect(after).toMatchObject({ state: "active", version: before.version + 1, failureCount: 0 });
  expect(openTokens(replica.services.keyring, after)).toMatchObject({ accessToken });
});

test("a rate limit that lasts for ever lasts a day", async () => {
  const { login, userId } = await connectSomebody(stack);
  const before = await age(stack, userId, "expired");
  const limit = answer("", 429, { "retry-after": "9".repeat(300) });
  stack.sandbox.faults.add({ match: { operation: "refresh", login }, ...limit });
  const told = { code: "rate_limited", retryAfter: 86_400 };
  await expect(freshToken(replica.services, before)).rejects.toMatchObject(told);
  expect(await storedAccount(stack, userId)).toMatchObject({ version: before.version, leaseHeld: false });
});

describe.each(failures)("when %s", (_what, fault, status, code, retryAfter) => {
  test("the account stays, its tokens too, and the next refresh is put off", async () => {
    const { login, userId } = await connectSomebody(stack);
    const before = await age(stack, userId, "expired");
    stack.sandbox.faults.add({ match: { operation: "refresh", login }, ...fault });
    await expect(freshToken(replica.services, before)).rejects.toMatchObject({
      code,
      status,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
    const after = await storedAccount(stack, userId);
    expect(after).toMatchObject({ state: "active", version: before.version, failureCount: 1, leaseHeld: false });
    expect(openTokens(replica.services.keyring, after)).toEqual(openTokens(replica.services.keyring, before));
    expect(after.retryAfter?.getTime()).toBeGreaterThan(before.readAt.getTime());

    // Nothing is sent meanwhile, by nobody. A minute more, so that no slow machine outlives it.
    await stack.database.query({
      text: "UPDATE user_external_accounts SET retry_after = retry_after + interval '1 minute' WHERE user_id = $1",
      values: [userId],
    });
    const sent = refreshesSent(stack);
    const refused = await freshToken(replica.services, after).catch((error) => error);
    expect(refused).toMatchObject({ code: "provider_unavailable", status: 503 });
    expect(refused.retryAfter).toBeGreaterThanOrEqual(30);
    expect(refreshesSent(stack)).toBe(sent);

    await freshToken(replica.services, await waitOut(stack, userId, "retry_after"));
    const renewed = await storedAccount(stack, userId);
    expect(renewed).toMatchObject({ version: before.version + 1, failureCount: 0, retryAfter: null });
  });
});

test("a token that is still valid is used while the refresh fails, and during its back-off", async () => {
  const { login, userId } = await connectSomebody(stack);
  const before = await age(stack, userId, "valid");
  const token = openTokens(replica.services.keyring, before)?.accessToken;
  stack.sandbox.faults.add({ match: { operation: "refresh", login }, ...answer("", 503) });
  const sent = refreshesSent(stack);
  expect(await freshToken(replica.services, before)).toMatchObject({ accessToken: token });
  expect(await freshToken(replica.services, await storedAccount(stack, userId))).toMatchObject({ accessToken: token });
  expect(refreshesSent(stack)).toBe(sent + 1);
  expect(await storedAccount(stack, userId)).toMatchObject({ failureCount: 1, version: before.version });
});

test("the back-off doubles from 2 seconds to 5 minutes, and callers are told what is left of it", async () => {
  const { login, userId } = await connectSomebody(stack);
  stack.sandbox.faults.add({ match: { operation: "refresh", login }, times: 10, ...answer("", 500) });
  await age(stack, userId, "expired");
  const told: unknown[] = [];
  for (let failure = 0; failure < 10; failure++) {
    const account = await waitOut(stack, userId, "retry_after");
    told.push(await freshToken(replica.services, account).catch((problem) => problem.retryAfter));
  }
  expect(told).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  const { failureCount, retryAfter, readAt } = await storedAccount(stack, userId);
  expect(failureCount).toBe(10);
  const left = ((retryAfter?.getTime() ?? 0) - readAt.getTime()) / 1000;
  const problem = await freshToken(replica.services, await storedAccount(stack, userId)).catch((error) => error);
  expect(problem.retryAfter).toBeGreaterThan(0);
  expect(problem.retryAfter).toBeLessThanOrEqual(Math.ceil(left));
  expect(left).toBeLessThanOrEqual(300);
});

test("credentials of ours that GitHub refuses are a loud error, and no person loses anything", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  stack.sandbox.faults.add({
    match: { operation: "refresh", login },
    ...answer({ error: "incorrect_client_credentials", error_description: "The client_id is wrong." }),
  });
  replica.log.length = 0;
  await expect(freshToken(replica.services, account)).rejects.toMatchObject({ code: "provider_configuration" });
  expect(replica.log.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ level: 50, msg: "the provider refused onbehalf's own credentials" }),
  );
});

test("a refused refresh token ends the account: its tokens are erased and the person is asked to connect again", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  await stack.sandbox.revokeGrant(login, { deliver: false });
  const since = await lastAudit(stack);
  await expect(freshToken(replica.services, account)).rejects.toMatchObject({
    code: "account_revoked",
    status: 403,
    actionUrl: `${stack.url}/accounts`,
  });
  expect(await storedAccount(stack, userId)).toMatchObject({
    state: "revoked",
    revocationReason: "refresh_failed",
    revokedAt: expect.any(Date),
    version: account.version + 1,
    sealedAccessToken: null,
    sealedRefreshToken: null,
    accessExpiresAt: null,
    leaseHeld: false,
  });
  expect(await auditSince(stack, since)).toEqual([
    expect.objectContaining({
      action: "account.revoked",
      actor: "provider",
      user_id: userId,
      identity_id: account.identityId,
      detail: { reason: "refresh_failed" },
    }),
  ]);

  // Nothing is asked of GitHub for it any more, until the person connects again.
  const sent = stack.sandbox.requests.length;
  const again = freshToken(replica.services, await storedAccount(stack, userId));
  await expect(again).rejects.toMatchObject({ code: "account_revoked" });
  expect(stack.sandbox.requests).toHaveLength(sent);
  await stack.connect(login);
  const reconnected = await storedAccount(stack, userId);
  expect(reconnected).toMatchObject({ id: account.id, state: "active", revocationReason: null });
  await freshToken(replica.services, reconnected);
});

test("of many callers who are refused at once all learn that the account has ended", async () => {
  const { login, userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  await stack.sandbox.revokeGrant(login, { deliver: false });
  const other = await openReplica(stack);
  const callers = Array.from({ length: 10 }, (_, index) => (index % 2 ? replica : other).services);
  const told = await Promise.allSettled(callers.map((services) => freshToken(services, account)));
  await other.close();
  expect(told.map((result) => result.status === "rejected" && result.reason.code)).toEqual(
    callers.map(() => "account_revoked"),
  );
});

test("a token that can't be opened is an operator's fault: said at once, each time, and nothing is lost", async () => {
  const { userId } = await connectSomebody(stack);
  const intact = await age(stack, userId, "expired");
  await stack.database.query({
    text: "UPDATE user_external_accounts SET refresh_token = access_token WHERE user_id = $1",
    values: [userId],
  });
  const moved = await storedAccount(stack, userId);
  const sent = refreshesSent(stack);
  for (const _attempt of [1, 2]) {
    await expect(freshToken(replica.services, moved)).rejects.toMatchObject({ code: "cannot_unseal", status: 500 });
  }
  expect(refreshesSent(stack)).toBe(sent);
  expect(await storedAccount(stack, userId)).toMatchObject({
    state: "active",
    version: intact.version,
    leaseHeld: false,
  });
});
