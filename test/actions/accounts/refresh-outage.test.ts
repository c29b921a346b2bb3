import { afterEach, beforeEach, expect, test } from "vitest";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { Problem } from "../../../src/errors.ts";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { type DatabaseProxy, openDatabaseProxy } from "../../harness/database-proxy.ts";
import { type HeldRefresh, holdRefreshes } from "../../harness/held-refresh.ts";
import { openReplica, type Replica } from "../../harness/replica.ts";
import { rowsOf } from "../../harness/stored.ts";
import { age, connectSomebody, refreshesSent, storedAccount } from "../../harness/stored-account.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
let wire: DatabaseProxy;
let answers: HeldRefresh;
let replica: Replica;

beforeEach(async () => {
  wire = await openDatabaseProxy(stack.databaseUrl);
  answers = holdRefreshes();
  replica = await openReplica(stack, { databaseUrl: wire.url, fetch: answers.fetch });
});
afterEach(async () => {
  wire.mend();
  await replica.close();
  await wire.close();
});

const waitsForDatabase = () => replica.log.some((line) => line.includes("a renewed token waits for the database"));

test("a pair that comes back while the database is away is written when it is back", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const sent = refreshesSent(stack);
  const held = answers.hold();
  const caller = freshToken(replica.services, account);
  await held.rotated;
  wire.cut();
  held.release();
  await expect.poll(waitsForDatabase).toBe(true);
  expect((await storedAccount(stack, userId)).version).toBe(account.version);
  wire.mend();

  const { accessToken } = await caller;
  const after = await storedAccount(stack, userId);
  expect(after).toMatchObject({ state: "active", version: account.version + 1, leaseHeld: false });
  expect(openTokens(replica.services.keyring, after)?.accessToken).toBe(accessToken);
  expect(await replica.services.providers.get("github")?.check(accessToken, {})).toBe("alive");
  expect(refreshesSent(stack)).toBe(sent + 1);
});

test("it is written even when every caller has gone and the process was told to stop", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "valid");
  const held = answers.hold();
  const caller = freshToken(replica.services, account);
  await held.rotated;
  wire.cut();
  held.release();
  expect((await caller).account.version).toBe(account.version);
  const stopping = Promise.all(replica.services.background);
  await expect.poll(waitsForDatabase).toBe(true);
  wire.mend();
  await stopping;
  expect((await storedAccount(stack, userId)).version).toBe(account.version + 1);
});

test("with the database away nobody is sent to the provider, and callers are told to come back", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const sent = stack.sandbox.requests.length;
  wire.cut();
  await expect(freshToken(replica.services, account)).rejects.toMatchObject({
    code: "database_unavailable",
    status: 503,
    retryAfter: 5,
  });
  expect(stack.sandbox.requests).toHaveLength(sent);
});

test("a token that is still valid is used with the database away", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "valid");
  wire.cut();
  expect((await freshToken(replica.services, account)).account.version).toBe(account.version);
});

test.each([
  ["the answer of that write is lost", () => new Problem("database_unavailable", "The connection was lost.")],
  ["that write answers an error that nobody expects", () => new Error("what is that?")],
])("a pair that is stored stays the account's when %s", async (_what, error) => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  let lost = 0;
  const other = await openReplica(stack, {
    afterStatement(text) {
      if (text.includes("last_refreshed_at = clock_timestamp()") && ++lost === 1) throw error();
    },
  });
  const { accessToken } = await freshToken(other.services, account);
  await other.close();
  expect(lost).toBe(2);
  const after = await storedAccount(stack, userId);
  expect(after).toMatchObject({ state: "active", version: account.version + 1 });
  expect(openTokens(replica.services.keyring, after)?.accessToken).toBe(accessToken);
  expect(await replica.services.providers.get("github")?.check(accessToken, {})).toBe("alive");
  expect(await rowsOf(stack, "pending_revocations")).toEqual([]);
});

test("a pair that comes back while the database takes no writes is written when it does again", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const held = answers.hold();
  const caller = freshToken(replica.services, account);
  await held.rotated;
  const name = new URL(stack.databaseUrl).pathname.slice(1);
  await stack.database.query({ text: `ALTER DATABASE "${name}" SET default_transaction_read_only = on` });
  wire.cut();
  wire.mend();
  held.release();
  await expect.poll(waitsForDatabase).toBe(true);
  await stack.database.query({ text: `ALTER DATABASE "${name}" RESET default_transaction_read_only` });
  wire.cut();
  wire.mend();
  const { accessToken } = await caller;
  expect(openTokens(replica.services.keyring, await storedAccount(stack, userId))?.accessToken).toBe(accessToken);
});
