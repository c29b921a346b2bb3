import { rm } from "node:fs/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { requireMasterKeys } from "../../src/config/encryption-keys.ts";
import { createKeyring, generateMasterKey } from "../../src/crypto/keyring.ts";
import { createLog } from "../../src/log.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { verifyEncryptionKeys } from "../../src/store/encryption-keys.ts";
import { createTestDatabase } from "../harness/database.ts";
import { runProgram } from "../harness/program.ts";
import { storeDelivery, storeSomebody } from "../harness/sealed-rows.ts";
import { emptyFolder, type Outcome, onbehalf } from "./onbehalf.ts";

vi.setConfig({ testTimeout: 120_000 }); // each command is a process

let folder: string;
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
const [one, two] = [generateMasterKey(), generateMasterKey()];
const [first, second] = [one, two].map((key) => key.split(":")[0] ?? "");
const ringOf = (keys: string) => createKeyring(requireMasterKeys({ ENCRYPTION_KEYS: keys }));
const printed: Outcome[] = [];

beforeAll(async () => {
  folder = await emptyFolder();
  testDatabase = await createTestDatabase();
  database = openDatabase({ log: createLog({ level: "silent" }) }, { url: testDatabase.url });
  await verifyEncryptionKeys({ database, keyring: ringOf(one) });
  for (const _ of [1, 2]) await storeSomebody({ database, keyring: ringOf(one) });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
  await rm(folder, { recursive: true });
});

async function run(keys: string, ...args: string[]): Promise<Outcome> {
  const env = { DATABASE_URL: testDatabase.url, ENCRYPTION_KEYS: keys };
  const outcome = await onbehalf(["keys", ...args], { cwd: folder, env });
  printed.push(outcome);
  return outcome;
}

async function json(keys: string, ...args: string[]): Promise<unknown> {
  return JSON.parse((await run(keys, ...args, "--json")).out);
}

const rowsOf = (count: number) => expect.objectContaining({ user_external_accounts: count, deliveries: 0 });

test("18 from an old key to a new one: status, rotate, verify, and the old one can be left out", async () => {
  const status = await run(`${one},${two}`, "status");
  const lines = status.out.split("\n").map((line) => line.split(/ {2,}/));
  expect(lines[0]?.slice(0, 4)).toEqual(["key", "configured", "check", "user external accounts"]);
  expect(lines[1]?.slice(0, 4)).toEqual([first, "seals", "matches", "2"]);
  expect(lines[2]?.slice(0, 4)).toEqual([second, "opens", "new", "0"]);
  expect(await json(`${two},${one}`, "status")).toEqual({
    items: [
      { id: second, configured: "seals", check: "new", rows: rowsOf(0) },
      { id: first, configured: "opens", check: "matches", rows: rowsOf(2) },
    ],
  });

  const rotated = await run(`${two},${one}`, "rotate");
  expect(rotated).toMatchObject({ code: 0, err: "" });
  expect(rotated.out).toMatch(new RegExp(`^2 rows sealed anew with key "${second}".*no other key is needed`));
  expect(await json(`${two},${one}`, "rotate")).toEqual({
    key: second,
    resealed: 0,
    left: 0,
    stopped: false,
    unopened: 0,
    items: [],
  });

  expect(await run(two, "verify")).toEqual({ code: 0, out: "2 of 2 sealed rows open.\n", err: "" });
  expect(await json(two, "status")).toMatchObject({
    items: [
      { id: second, check: "matches", rows: rowsOf(2) },
      { id: first, configured: "missing", check: null, rows: rowsOf(0) },
    ],
  });
});

test("what does not open is named by table and row, with exit status 1, and never shown", async () => {
  const { id } = await storeSomebody({ database, keyring: ringOf(two) });
  await database.query({
    text: `UPDATE user_external_accounts SET access_token = decode('c0ffee', 'hex') WHERE id = $1`,
    values: [id],
  });
  const plain = await run(two, "verify");
  expect(plain).toMatchObject({ code: 1, err: "" });
  expect(plain.out).toContain(`  user_external_accounts ${id} (key "${second}")\n`);
  expect(plain.out).not.toMatch(/c0ffee|gh[ur]_/);
  expect(await json(two, "verify")).toEqual({
    rows: 3,
    stopped: false,
    unopened: 1,
    items: [{ table: "user_external_accounts", id, key: second }],
  });
  await database.query({ text: "DELETE FROM user_external_accounts WHERE id = $1", values: [id] });
});

test("a key that still seals something can't be left out, and other bytes under a known id are refused", async () => {
  const lacking = await run(one, "rotate");
  expect(lacking).toMatchObject({ code: 1, out: "" });
  expect(lacking.err).toContain(`ENCRYPTION_KEYS lacks key "${second}", and 2 rows`);
  const impostor = `${second}:${one.split(":")[1]}`;
  const changed = await run(impostor, "rotate");
  expect(changed).toMatchObject({ code: 1, out: "" });
  expect(changed.err).toContain(`key "${second}" has other bytes`);
  expect(await json(impostor, "status")).toMatchObject({ items: [{ id: second, check: "differs" }, { id: first }] });
  const without = await run("", "status");
  expect(without).toMatchObject({ code: 1, out: "" });
  expect(without.err).toContain("ENCRYPTION_KEYS (or ENCRYPTION_KEYS_FILE) is missing");
});

test("a signal ends a rotation after the batch that is under way, and it can be begun again", async () => {
  // Each is larger than a batch may be, so that each is one.
  for (const _ of [1, 2, 3]) await storeDelivery({ database, keyring: ringOf(two) }, "x".repeat(5_000_000));
  await database.query({
    text: `CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql
      AS 'BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NEW; END'`,
  });
  await database.query({
    text: "CREATE TRIGGER wait_for_test BEFORE UPDATE ON deliveries FOR EACH ROW EXECUTE FUNCTION wait_for_test()",
  });
  const holder = new pg.Client({ connectionString: testDatabase.url });
  await holder.connect();
  await holder.query("SELECT pg_advisory_lock(42)");
  const environment = { DATABASE_URL: testDatabase.url, ENCRYPTION_KEYS: `${one},${two}` };
  const rotation = runProgram(["keys", "rotate", "--json"], { folder, environment });
  const waiting = async () => {
    const { rows } = await holder.query(
      `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`,
    );
    return rows.length;
  };
  await expect.poll(waiting, { timeout: 60_000 }).toBe(1);
  rotation.child.kill("SIGTERM");
  await holder.query("SELECT pg_advisory_unlock(42)");
  expect(await rotation.ended).toBe(1);
  await holder.end();
  expect(JSON.parse(rotation.stdout())).toMatchObject({ resealed: 3, left: 2, stopped: true, unopened: 0 });
  expect(await json(`${one},${two}`, "rotate")).toMatchObject({ key: first, resealed: 2, left: 0, stopped: false });
  expect((await run(one, "verify")).out).toBe("5 of 5 sealed rows open.\n");
});

test("none of these printed a key or a token", () => {
  expect(printed.length).toBeGreaterThan(10);
  const secrets = [one, two].map((key) => key.split(":")[1] ?? "");
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(secret, "base64").toString("hex")]);
  for (const { out, err } of printed) {
    for (const form of forms) expect(out + err).not.toContain(form);
    expect(out + err).not.toMatch(/gh[ur]_/);
  }
});
