import { beforeEach, expect, test } from "vitest";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { readAccount } from "../../../src/store/accounts/read-account.ts";
import { age, connectSomebody, refreshesSent, storedAccount } from "../../harness/stored-account.ts";
import { useReplica } from "../../harness/use-replica.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
const replica = useReplica(stack);

beforeEach(() => stack.sandbox.faults.clear());

test("a fresh token costs one indexed read, no write and no request", async () => {
  const { userId } = await connectSomebody(stack);
  const { id } = await storedAccount(stack, userId);
  replica.statements.length = 0;
  const requests = stack.sandbox.requests.length;
  const account = await readAccount(replica.services.database, id);
  if (!account) throw new Error("no account");
  const { accessToken } = await freshToken(replica.services, account);
  expect(replica.statements).toEqual([
    expect.stringMatching(/^SELECT [^;]* FROM user_external_accounts a WHERE a.id = \$1$/),
  ]);
  expect(stack.sandbox.requests).toHaveLength(requests);
  expect(await replica.services.providers.get("github")?.check(accessToken, {})).toBe("alive");
});

test("11 an expired token is refreshed once, the new pair is stored in the place of the old one, which is dead", async () => {
  const { userId } = await connectSomebody(stack);
  const before = await age(stack, userId, "expired");
  const old = openTokens(replica.services.keyring, before);
  const sent = refreshesSent(stack);

  const { accessToken } = await freshToken(replica.services, before);
  const after = await storedAccount(stack, userId);
  const kept = openTokens(replica.services.keyring, after);
  expect(refreshesSent(stack)).toBe(sent + 1);
  expect(kept).toEqual({ accessToken, refreshToken: expect.stringMatching(/^ghr_/) });
  expect(kept?.refreshToken).not.toBe(old?.refreshToken);
  expect(after).toMatchObject({ state: "active", version: before.version + 1, failureCount: 0, leaseHeld: false });
  expect(after.sealedAccessToken).not.toEqual(before.sealedAccessToken);

  const github = replica.services.providers.get("github");
  expect(await github?.check(accessToken, {})).toBe("alive");
  expect(await github?.check(old?.accessToken ?? "", {})).toBe("dead");
  await expect(github?.refresh(old?.refreshToken ?? "", {})).rejects.toMatchObject({ kind: "refused" });
  // The stored refresh token is the one that works next time.
  expect(await freshToken(replica.services, await age(stack, userId, "expired"))).not.toMatchObject({ accessToken });
});

test("a token is renewed 5 minutes before it expires", async () => {
  const { userId } = await connectSomebody(stack);
  expect(await margin(userId)).toEqual({ life: 28_800, margin: 300 });
  await freshToken(replica.services, await age(stack, userId, "expired"));
  expect(await margin(userId)).toEqual({ life: 28_800, margin: 300 });
});

test("a token with a short life is renewed when a third of it is left", async () => {
  const { login, userId } = await connectSomebody(stack);
  stack.sandbox.faults.add({
    match: { operation: "refresh", login },
    respond: {
      status: 200,
      body: { access_token: "ghu_short", expires_in: 90, refresh_token: "ghr_short", refresh_token_expires_in: 600 },
    },
  });
  expect(await freshToken(replica.services, await age(stack, userId, "expired"))).toMatchObject({
    accessToken: "ghu_short",
  });
  expect(await margin(userId)).toEqual({ life: 90, margin: 30 });
});

test("the clock that counts is the database's: what is due there is refreshed", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "valid");
  const sent = refreshesSent(stack);
  await freshToken(replica.services, account);
  expect(refreshesSent(stack)).toBe(sent + 1);
  expect((await storedAccount(stack, userId)).version).toBe(account.version + 1);
});

test("a token that never expires is never refreshed", async () => {
  stack.sandbox.switches.expiringTokens = false;
  try {
    const { userId } = await connectSomebody(stack);
    const account = await storedAccount(stack, userId);
    expect(account).toMatchObject({ accessExpiresAt: null, refreshDueAt: null, sealedRefreshToken: null });
    const sent = refreshesSent(stack);
    await freshToken(replica.services, account);
    expect(refreshesSent(stack)).toBe(sent);
  } finally {
    stack.sandbox.switches.expiringTokens = true;
  }
});

test("a bot's commit renews an expired token by itself", async () => {
  const { userId } = await stack.connect("ada");
  const { key } = await stack.bot("night-bot");
  await stack.delegate("gh.583231", "night-bot", ["acme/*"]);
  const before = await age(stack, userId, "expired");
  const answer = await stack.commit(key);
  expect(answer).toMatchObject({ status: 201, body: { author: { login: "ada" } } });
  expect((await storedAccount(stack, userId)).version).toBe(before.version + 1);
});

/** Seconds between the pair's making and its expiry, and between its renewal and its expiry. */
async function margin(userId: string): Promise<{ life: number; margin: number } | undefined> {
  const { rows } = await stack.database.query<{ life: number; margin: number }>({
    text: `SELECT extract(epoch FROM access_expires_at - updated_at)::float8 AS life,
        extract(epoch FROM access_expires_at - refresh_due_at)::float8 AS margin
      FROM user_external_accounts WHERE user_id = $1`,
    values: [userId],
  });
  return rows[0];
}

test("a process that stops begins no refresh, since it might not live to write the pair", async () => {
  const { userId } = await connectSomebody(stack);
  const before = await age(stack, userId, "expired");
  const sent = refreshesSent(stack);
  const stopping = { ...replica.services, stopping: AbortSignal.abort() };
  await expect(freshToken(stopping, before)).rejects.toMatchObject({ code: "refresh_in_progress" });
  expect(refreshesSent(stack)).toBe(sent);
  expect(await storedAccount(stack, userId)).toMatchObject({ version: before.version, leaseHeld: false });
});
