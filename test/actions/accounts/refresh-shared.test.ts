import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { contractTimes } from "../../../src/actions/accounts/refresh-times.ts";
import { contractDeadlineMs } from "../../../src/providers/outgoing.ts";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { claimLease } from "../../../src/store/accounts/lease.ts";
import { type HeldRefresh, holdRefreshes } from "../../harness/held-refresh.ts";
import { openReplica, type Replica } from "../../harness/replica.ts";
import { age, connectSomebody, refreshesSent, storedAccount, waitOut } from "../../harness/stored-account.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
let first: Replica;
let second: Replica;
let answers: HeldRefresh;

beforeAll(async () => {
  answers = holdRefreshes();
  first = await openReplica(stack, { fetch: answers.fetch });
  second = await openReplica(stack, { fetch: answers.fetch });
});
afterAll(async () => {
  await first.close();
  await second.close();
});

test.each([
  ["one process", () => [first]],
  ["two replicas", () => [first, second]],
])("30 callers at once in %s cost one refresh, and all get the same token", async (_where, replicas) => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const sent = refreshesSent(stack);
  for (const replica of replicas()) replica.statements.length = 0;
  const callers = Array.from({ length: 30 }, (_, index) => replicas()[index % replicas().length] ?? first);
  const held = answers.hold();
  const waiting = Promise.all(callers.map(({ services }) => freshToken(services, account)));
  await held.rotated;
  // Each replica has asked for the lease, while one of them has it.
  for (const replica of replicas()) await expect.poll(() => replica.statements.some(isClaim)).toBe(true);
  held.release();
  const tokens = await waiting;
  expect(refreshesSent(stack)).toBe(sent + 1);
  expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
  const { version, leaseHeld } = await storedAccount(stack, userId);
  expect({ version, leaseHeld }).toEqual({ version: account.version + 1, leaseHeld: false });
});

test("callers in one process ask for the lease once between them", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  first.statements.length = 0;
  await Promise.all(Array.from({ length: 30 }, () => freshToken(first.services, account)));
  expect(first.statements.filter(isClaim)).toHaveLength(1);
});

test("callers in another replica wait for the winner's token", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const sent = refreshesSent(stack);
  const held = answers.hold();
  const winner = freshToken(first.services, account);
  await held.rotated;
  second.statements.length = 0;
  const waiter = freshToken(second.services, account);
  await expect.poll(() => second.statements.some(isClaim)).toBe(true);
  held.release();
  expect((await waiter).accessToken).toBe((await winner).accessToken);
  expect(refreshesSent(stack)).toBe(sent + 1);
});

test("while GitHub is asked no transaction stands open", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const held = answers.hold();
  const caller = freshToken(first.services, account);
  await held.rotated;
  const { rows } = await stack.database.query<{ open: number }>({
    text: `SELECT count(*)::int AS open FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'idle in transaction' AND query LIKE '%user_external_accounts%'`,
  });
  held.release();
  await caller;
  expect(rows).toEqual([{ open: 0 }]);
});

test("11 the new pair is stored in one statement, before anything else is sent anywhere", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const held = answers.hold();
  const caller = freshToken(first.services, account);
  await held.rotated;
  first.statements.length = 0;
  const sent = stack.sandbox.requests.length;
  held.release();
  await caller;
  expect(first.statements[0]).toMatch(/UPDATE user_external_accounts\s+SET version = version \+ 1, access_token = \$3/);
  expect(stack.sandbox.requests).toHaveLength(sent);
});

test("a lease has an id of its own each time, and outlives the deadline of what is sent under it", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  const claim = await claimLease(stack.database, account, contractTimes.lease);
  const again = await claimLease(stack.database, await waitOut(stack, userId, "lease_until"), contractTimes.lease);
  expect(claim && again && claim.lease.id !== again.lease.id).toBe(true);
  expect(again?.lease.takenOver).toBe(true);
  expect((contractTimes.lease - contractTimes.staleClaim) * 1000).toBeGreaterThan(contractDeadlineMs);
});

test("callers of different people don't wait for each other", async () => {
  const slow = await connectSomebody(stack);
  const quick = await connectSomebody(stack);
  const held = answers.hold();
  const waiting = freshToken(first.services, await age(stack, slow.userId, "expired"));
  await held.rotated;
  const account = await age(stack, quick.userId, "expired");
  expect((await freshToken(first.services, account)).account.version).toBe(account.version + 1);
  held.release();
  await waiting;
});

test("bots that commit at once through two replicas share one refresh", async () => {
  const { userId } = await stack.connect("ada");
  const { key } = await stack.bot("storm-bot");
  await stack.delegate("gh.583231", "storm-bot", ["acme/*"]);
  const other = await stack.replica();
  await age(stack, userId, "expired");
  const sent = refreshesSent(stack);
  const commits = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      stack.call("POST", "/api/v1/commits", {
        key,
        ...(index % 2 ? { url: other.url } : {}),
        body: {
          user: "gh.583231",
          repository: "acme/site",
          branch: `storm-${index}`,
          base: "main",
          message: { headline: "In a storm" },
          changes: [{ path: "storm.txt", content: `${index}\n` }],
        },
      }),
    ),
  );
  expect(commits.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201]);
  expect(refreshesSent(stack)).toBe(sent + 1);
});

test("a token that is still valid is used when its refresh takes long, and the refresh goes on", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "valid");
  const held = answers.hold();
  const { account: used, accessToken } = await freshToken(first.services, account);
  expect(used.version).toBe(account.version);
  expect(accessToken).toBe(openTokens(first.services.keyring, account)?.accessToken);
  held.release();
  await expect.poll(async () => (await storedAccount(stack, userId)).version).toBe(account.version + 1);
});

test("who has waited for another replica's refresh of an expired token for too long is told to come back", async () => {
  const { userId } = await connectSomebody(stack);
  const account = await age(stack, userId, "expired");
  await stack.database.query({
    text: `UPDATE user_external_accounts SET lease_id = gen_random_uuid(),
      lease_until = clock_timestamp() + interval '30 s' WHERE user_id = $1`,
    values: [userId],
  });
  const sent = refreshesSent(stack);
  const waiting = freshToken(first.services, account);
  // 20 seconds pass while it waits.
  await expect.poll(() => first.services.refreshes.size).toBe(1);
  const clock = performance.now.bind(performance);
  const later = vi.spyOn(performance, "now").mockImplementation(() => clock() + 21_000);
  await expect(waiting).rejects.toMatchObject({ code: "refresh_in_progress", status: 503, retryAfter: 2 });
  later.mockRestore();
  expect(refreshesSent(stack)).toBe(sent);
  expect((await storedAccount(stack, userId)).version).toBe(account.version);
});

function isClaim(text: string): boolean {
  return text.includes("SET lease_id = $3");
}
