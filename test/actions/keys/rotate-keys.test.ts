import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readKeyStatus } from "../../../src/actions/keys/read-key-status.ts";
import { type RotationOptions, rotateKeys } from "../../../src/actions/keys/rotate-keys.ts";
import { verifySealed } from "../../../src/actions/keys/verify-sealed.ts";
import { createKeyring, type Keyring } from "../../../src/crypto/keyring.ts";
import { createLog, type Log } from "../../../src/log.ts";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { listenForAccountChanges } from "../../../src/store/accounts/account-changes.ts";
import { eraseAccount } from "../../../src/store/accounts/end-account.ts";
import { claimLease, storeRefreshedPair } from "../../../src/store/accounts/lease.ts";
import { openPendingConnect } from "../../../src/store/accounts/pending-connects.ts";
import { moveToPendingRevocation } from "../../../src/store/accounts/pending-revocations.ts";
import { readAccount } from "../../../src/store/accounts/read-account.ts";
import { type Database, openDatabase } from "../../../src/store/database.ts";
import { openLookup } from "../../../src/store/erasure/lookup-keys.ts";
import { countRunningProcesses } from "../../../src/store/running-processes.ts";
import { readSealed } from "../../../src/store/sealed/read-sealed.ts";
import { resealRows } from "../../../src/store/sealed/reseal-rows.ts";
import { sealedColumns } from "../../../src/store/sealed-columns.ts";
import { createTestDatabase } from "../../harness/database.ts";
import {
  newPair,
  storeDelivery,
  storeErasure,
  storePending,
  storeRevocation,
  storeScoped,
  storeSomebody,
} from "../../harness/sealed-rows.ts";

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
/** What a process works with that knows nothing of the new key. */
let old: { database: Database; keyring: Keyring; log: Log };
const log = createLog({ level: "silent" });

const keyOf = (id: string) => ({ id, bytes: Buffer.alloc(32, id) });
const before = createKeyring([keyOf("k1")]);
const during = createKeyring([keyOf("k2"), keyOf("k1")]);
const after = createKeyring([keyOf("k2")]);

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase({ log }, { url: testDatabase.url });
  old = { database, keyring: before, log };
});
afterEach(async () => {
  const tables = [...sealedColumns.map(({ table }) => table), "identities", "users", "encryption_keys"];
  for (const table of tables) await database.query({ text: `DELETE FROM ${table}` });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const accounts = sealedColumns.find(({ table }) => table === "user_external_accounts") ?? expect.unreachable();

function rotate(options: Partial<RotationOptions> = {}) {
  const stop = new AbortController().signal;
  const usual = { stop, onProgress: () => {}, onLingering: () => {}, pauseMs: 5 };
  return rotateKeys({ database, keyring: during }, { ...usual, ...options });
}

function verify(keyring = after) {
  return verifySealed({ database, keyring }, { stop: new AbortController().signal, onProgress: () => {} });
}

/** Every row of the sealed tables; with `sealed: false` without what is sealed and its key. */
async function contents({ sealed }: { sealed: boolean }): Promise<Record<string, unknown>[]> {
  const found = [];
  for (const { table, columns } of sealedColumns) {
    const { rows } = await database.query<Record<string, unknown>>({ text: `SELECT * FROM ${table} ORDER BY id` });
    const hidden = sealed ? [] : [...columns, "key_id"];
    found.push(
      ...rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !hidden.includes(name)))),
    );
  }
  return found;
}

test("everything is sealed with the first key, opens with it alone, and nothing else of a row changes", async () => {
  const account = await storeSomebody(old);
  const ended = await storeSomebody(old);
  await database.transaction((transaction) => moveToPendingRevocation(old, transaction, ended, "user_revoked", "user"));
  await storeRevocation(old, account.userId);
  await storeRevocation(old, null);
  await storeDelivery(old, '{"zen": "ä"}');
  await openLookup(old);
  await storeErasure(old, account.userId);
  await storeScoped(old, account.userId);
  const pending = await storePending(old, account);
  await claimLease(database, account, 30);
  const tokens = openTokens(before, account);
  const unsealed = await contents({ sealed: false });

  const progress: [number, number][] = [];
  expect(await rotate({ onProgress: (...at) => progress.push(at), batchRows: 2 })).toEqual({
    resealed: 9,
    missed: 0,
    left: 0,
    stopped: false,
    unopened: { count: 0, rows: [] },
    keyIds: [],
  });
  expect(progress.at(-1)).toEqual([9, 9]);
  expect(await contents({ sealed: false })).toEqual(unsealed);
  const status = await readKeyStatus({ database, keyring: after });
  expect(status).toMatchObject([
    { id: "k2", configured: "seals", check: "matches" },
    { id: "k1", configured: "missing", check: null },
  ]);
  const [present, then] = status.map(({ rows }) => rows);
  for (const { table } of sealedColumns) {
    // A table that is new in the list has to have a row in this test.
    expect(present?.[table], table).toBeGreaterThan(0);
    expect(then?.[table], table).toBe(0);
  }
  expect(await verify()).toEqual({ rows: 9, stopped: false, unopened: { count: 0, rows: [] } });
  const now = await readAccount(database, account.id);
  expect(now && openTokens(after, now)).toEqual(tokens);
  const completed = await openPendingConnect({ database, keyring: after }, pending.id);
  expect(completed?.pair.accessToken).toBe(pending.accessToken);
});

test("a second rotation finds nothing to do, and writes nothing", async () => {
  await storeSomebody(old);
  await rotate();
  const sealed = await contents({ sealed: true });
  expect(await rotate()).toMatchObject({ resealed: 0, left: 0 });
  expect(await contents({ sealed: true })).toEqual(sealed);
});

test("a pair that is stored between reading and sealing anew wins, as does the end of an account", async () => {
  const [renewed, ended, idle] = [await storeSomebody(old), await storeSomebody(old), await storeSomebody(old)];
  const read = await readSealed(database, accounts, { after: null, rows: 10 });
  const pair = newPair();
  expect(await storeRefreshedPair(old, renewed, pair)).toBe(true);
  expect(await eraseAccount(database, ended, "provider_event")).toBe(true);
  expect(await resealRows({ database, keyring: during }, accounts, read)).toEqual({
    resealed: 1,
    missed: 2,
    unopened: [],
  });
  const [one, two, three] = await Promise.all([renewed, ended, idle].map(({ id }) => readAccount(database, id)));
  expect(one && openTokens(before, one)).toMatchObject({ accessToken: pair.accessToken });
  expect(two).toMatchObject({ state: "revoked", sealedAccessToken: null });
  expect(three && openTokens(after, three)).not.toBeNull();
  expect(await rotate()).toMatchObject({ resealed: 1, left: 0 });
});

test("a refresh that was under way stores its pair over what was sealed anew meanwhile, with its lease", async () => {
  const account = await storeSomebody(old);
  const claimed = await claimLease(database, account, 30);
  await rotate();
  const pair = newPair();
  const both = createKeyring([keyOf("k1"), keyOf("k2")]);
  expect(claimed && (await storeRefreshedPair({ database, keyring: both }, claimed.account, pair))).toBe(true);
  const now = await readAccount(database, account.id);
  expect(now && openTokens(both, now)).toMatchObject({ refreshToken: pair.refreshToken });
  expect(now).toMatchObject({ version: account.version + 1 });
});

test("a row that somebody has locked is neither waited for nor forgotten", async () => {
  const [locked] = [await storeSomebody(old), await storeSomebody(old)];
  const rotation = await database.transaction(async (transaction) => {
    await transaction.query({
      text: "SELECT 1 FROM user_external_accounts WHERE id = $1 FOR UPDATE",
      values: [locked.id],
    });
    const rows = await readSealed(database, accounts, { after: null, rows: 10 });
    expect(await resealRows({ database, keyring: during }, accounts, rows)).toMatchObject({ resealed: 1, missed: 1 });
    const going = Promise.withResolvers<void>();
    const running = rotate({ onLingering: () => going.resolve() });
    await going.promise;
    return { running };
  });
  expect(await rotation.running).toMatchObject({ resealed: 1, left: 0 });
});

test("rows that don't open are left as they are and named, and all others are done", async () => {
  const rows = [await storeSomebody(old), await storeSomebody(old), await storeSomebody(old)];
  await database.query({
    text: "UPDATE user_external_accounts SET refresh_token = '\\x00' WHERE id = $1",
    values: [rows[1]?.id],
  });
  const unopened = {
    count: 1,
    rows: [{ table: "user_external_accounts", id: rows[1]?.id, key: "k1" }],
  };
  expect(await rotate({ batchRows: 1 })).toMatchObject({ resealed: 2, left: 1, unopened });
  expect(await verify()).toEqual({ rows: 3, stopped: false, unopened });
  expect(await verify(during)).toEqual({ rows: 3, stopped: false, unopened });
});

test("a row that names another key than the one that sealed it is found, for leaving that key out would lose it", async () => {
  const { id } = await storeSomebody(old);
  await database.query({ text: "UPDATE user_external_accounts SET key_id = 'k2'" });
  expect((await verify(during)).unopened.rows).toEqual([{ table: "user_external_accounts", id, key: "k2" }]);
});

test("it can be stopped after any batch, and begun again", async () => {
  for (const _ of [1, 2, 3, 4, 5]) await storeSomebody(old);
  const stopping = new AbortController();
  const onProgress = (done: number) => done === 2 && stopping.abort();
  expect(await rotate({ stop: stopping.signal, batchRows: 1, onProgress })).toMatchObject({
    resealed: 2,
    left: 3,
    stopped: true,
  });
  expect((await verify(during)).unopened.count).toBe(0);
  expect(await rotate()).toMatchObject({ resealed: 3, left: 0, stopped: false });
});

test("while somebody goes on sealing with another key it says so, and goes on until nothing is left", async () => {
  await storeDelivery(old);
  let told: string[] | null = null;
  const writer = (async () => {
    while (told === null) await storeDelivery(old);
  })();
  const rotation = await rotate({
    onLingering: (ids) => {
      told = ids;
    },
    pauseMs: 50,
  });
  await writer;
  expect(told).toEqual(["k1"]);
  expect(rotation.resealed).toBeGreaterThan(2);
  expect((await rotate()).left).toBe(0);
});

test("a key that seals something and is missing is refused with how much that is, and nothing changes", async () => {
  for (const _ of [1, 2]) await storeSomebody(old);
  await storeDelivery(old);
  await rotateKeys(old, { stop: new AbortController().signal, onProgress() {}, onLingering() {} });
  const sealed = await contents({ sealed: true });
  const lacking = rotateKeys(
    { database, keyring: after },
    { stop: new AbortController().signal, onProgress() {}, onLingering() {} },
  );
  await expect(lacking).rejects.toThrow(/lacks key "k1", and 3 rows/);
  expect(await contents({ sealed: true })).toEqual(sealed);
});

test("a first key that no running process can have is refused, and nothing changes", async () => {
  await storeSomebody(old);
  const running = listenForAccountChanges({ log }, { url: testDatabase.url });
  try {
    await expect.poll(() => countRunningProcesses(database)).toBe(1);
    const sealed = await contents({ sealed: true });
    await expect(rotate()).rejects.toThrow(/No process was started with key "k2" yet.*the 1 that runs/);
    expect(await contents({ sealed: true })).toEqual(sealed);
    expect((await database.query({ text: "SELECT id FROM encryption_keys" })).rows).toEqual([]);
  } finally {
    await running.close();
  }
  await expect.poll(() => countRunningProcesses(database)).toBe(0);
  expect(await rotate()).toMatchObject({ resealed: 1 });
});

test("a batch ends where it would grow large, with at least one row", async () => {
  const deliveries = sealedColumns.find(({ table }) => table === "deliveries") ?? expect.unreachable();
  for (const _ of [1, 2, 3, 4]) await storeDelivery(old, "x".repeat(1000));
  const read = (bytes: number, after: string | null = null) =>
    readSealed(database, deliveries, { after, rows: 10, bytes });
  expect(await read(1)).toHaveLength(1);
  const page = await read(1500);
  expect(page).toHaveLength(2);
  expect(await read(1500, page[1]?.id)).toHaveLength(2);
});
