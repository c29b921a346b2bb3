import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createLog } from "../../src/log.ts";
import {
  type AccountChanges,
  type AccountWatch,
  listenForAccountChanges,
} from "../../src/store/accounts/account-changes.ts";
import { eraseAccount } from "../../src/store/accounts/end-account.ts";
import {
  backOff,
  claimLease,
  releaseLease,
  storeRefreshedPair,
  suspectAccount,
} from "../../src/store/accounts/lease.ts";
import { openReplica, type Replica } from "../harness/replica.ts";
import { connectSomebody, storedAccount } from "../harness/stored-account.ts";
import { useStack } from "../harness/use-stack.ts";

/** Longer than any test may take: a wait that ends before was woken. */
const forEver = 600_000;

const stack = useStack();
let replica: Replica;
let changes: AccountChanges;
let watches: AccountWatch[] = [];
const lines: string[] = [];

beforeAll(async () => {
  replica = await openReplica(stack);
  const log = createLog({ level: "debug" }, { write: (line) => void lines.push(line) });
  changes = listenForAccountChanges({ log }, { url: stack.databaseUrl });
});
afterEach(() => {
  for (const watch of watches) watch.end();
  watches = [];
});
afterAll(async () => {
  await changes.close();
  await replica.close();
});

function watch(accountId: string): AccountWatch {
  const made = changes.watch(accountId);
  watches.push(made);
  return made;
}

/** Connections that listen, by this file's own and by the replicas of its stack. */
async function listeners(): Promise<number[]> {
  const { rows } = await stack.database.query<{ pid: number }>({
    text: `SELECT pid FROM pg_stat_activity WHERE application_name = 'onbehalf: listens' AND state = 'idle'
      AND query LIKE 'LISTEN%' AND datname = current_database() ORDER BY pid`,
  });
  return rows.map(({ pid }) => pid);
}

const allListen = () => expect.poll(async () => (await listeners()).length).toBe(3);

test("each statement that stores a pair, ends an account or gives a lease back wakes who waits", async () => {
  await allListen();
  const { userId } = await connectSomebody(stack);
  const claimed = async () => {
    const claim = await claimLease(stack.database, await storedAccount(stack, userId), 30);
    if (!claim) throw new Error("no lease");
    return claim;
  };
  const clear = "UPDATE user_external_accounts SET retry_after = NULL, suspect_until = NULL WHERE user_id = $1";
  const pair = { accessToken: "ghu_a", refreshToken: "ghr_a", accessExpiresIn: 60, refreshExpiresIn: null, scopes: [] };
  const statements: [string, () => Promise<unknown>][] = [
    ["release", async () => releaseLease(stack.database, (await claimed()).lease)],
    ["back-off", async () => backOff(stack.database, (await claimed()).lease, 1)],
    ["suspicion", async () => suspectAccount(stack.database, (await claimed()).lease, 600)],
    ["pair", async () => storeRefreshedPair(replica.services, (await claimed()).account, pair)],
    ["end", async () => eraseAccount(stack.database, await storedAccount(stack, userId), "admin")],
  ];
  const { id } = await storedAccount(stack, userId);
  const woken: string[] = [];
  for (const [name, change] of statements) {
    const waiting = watch(id).next(forEver);
    await change();
    await waiting;
    woken.push(name);
    await stack.database.query({ text: clear, values: [userId] });
  }
  expect(woken).toEqual(["release", "back-off", "suspicion", "pair", "end"]);
});

test("connecting and disconnecting wake, once their transactions are committed", async () => {
  await allListen();
  const { login, userId } = await connectSomebody(stack);
  const { id } = await storedAccount(stack, userId);
  const { browser } = await stack.signIn(login);
  const disconnected = watch(id).next(forEver);
  const accounts = await browser.open(`${stack.url}/accounts`);
  await browser.submit(accounts, "/accounts/github/disconnect");
  await disconnected;
  const connected = watch(id).next(forEver);
  await stack.connect(login, browser);
  await connected;
  expect((await storedAccount(stack, userId)).state).toBe("active");
});

test("a change between two looks is not missed, and those of other accounts wake nobody", async () => {
  await allListen();
  const account = await storedAccount(stack, (await connectSomebody(stack)).userId);
  const bystander = await storedAccount(stack, (await connectSomebody(stack)).userId);
  const [ours, again, theirs] = [watch(account.id), watch(account.id), watch(bystander.id)];
  await eraseAccount(stack.database, account, "admin");
  await again.next(forEver);
  await ours.next(forEver);
  const woken = theirs.next(forEver).then(() => "woken");
  expect(await Promise.race([woken, watch(account.id).next(50)])).toBeUndefined();
  await eraseAccount(stack.database, bystander, "admin");
  expect(await woken).toBe("woken");
});

test("without a notification it is time to look again by itself", async () => {
  await watch(randomUUID()).next(5);
});

test("a lost connection is made again, and wakes again", async () => {
  await allListen();
  const before = await listeners();
  const { userId } = await connectSomebody(stack);
  await stack.database.query({ text: "SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid", values: [before] });
  await expect
    .poll(async () => (await listeners()).filter((pid) => !before.includes(pid)).length, { timeout: 10_000 })
    .toBe(3);
  expect(lines.join()).toContain("polling meanwhile");
  const account = await storedAccount(stack, userId);
  const waiting = watch(account.id).next(forEver);
  await eraseAccount(stack.database, account, "admin");
  await waiting;
});

test("a notification says nothing but the account's id", async () => {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  const payloads: unknown[] = [];
  client.on("notification", ({ payload }) => payloads.push(payload));
  await client.query("LISTEN onbehalf_accounts");
  const { userId } = await connectSomebody(stack);
  const { id } = await storedAccount(stack, userId);
  await expect.poll(() => payloads).toEqual([id]);
  await client.end();
});

test("a stop ends the connection", async () => {
  await allListen();
  const extra = await openReplica(stack);
  await expect.poll(async () => (await listeners()).length).toBe(4);
  await extra.close();
  await allListen();
});
