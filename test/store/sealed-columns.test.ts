import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigError } from "../../src/config/read-config.ts";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { createLog } from "../../src/log.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { storeDeliveries } from "../../src/store/deliveries.ts";
import { verifyEncryptionKeys } from "../../src/store/encryption-keys.ts";
import { inspectSealed } from "../../src/store/sealed/inspect-sealed.ts";
import { sealedColumns } from "../../src/store/sealed-columns.ts";
import { createTestDatabase } from "../harness/database.ts";

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase({ log: createLog({ level: "silent" }) }, { url: testDatabase.url });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const keyOf = (id: string) => ({ id, bytes: Buffer.alloc(32, id) });

test("the list has every column of bytes in every table whose rows are sealed with a key", async () => {
  const { rows } = await database.query<{ table: string; columns: string[] }>({
    text: `SELECT c.table_name AS table, array_agg(c.column_name::text ORDER BY c.column_name) AS columns
      FROM information_schema.columns c
      JOIN information_schema.columns k USING (table_schema, table_name)
      WHERE c.table_schema = 'public' AND c.data_type = 'bytea' AND k.column_name = 'key_id'
      GROUP BY c.table_name`,
  });
  const listed = sealedColumns.map(({ table, columns }) => ({ table, columns: [...columns].sort() }));
  const byTable = (one: { table: string }, other: { table: string }) => one.table.localeCompare(other.table);
  expect(listed.sort(byTable)).toEqual(rows.sort(byTable));
});

test("the list says of each table what its rows are named by, and which columns their sealed values are bound to", async () => {
  for (const { table, id, userId, provider } of sealedColumns) {
    const { rows } = await database.query<{ name: string; type: string }>({
      text: "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_name = $1",
      values: [table],
    });
    expect(rows).toContainEqual({ name: "id", type: id });
    const names = rows.map(({ name }) => name);
    for (const [column, bound] of Object.entries({ user_id: userId, provider })) {
      expect(bound, `${table}.${column}`).toBe(names.includes(column) ? column : null);
    }
  }
});

test("every other column of bytes is a hash or a check value, never something sealed", async () => {
  const { rows } = await database.query<{ name: string }>({
    text: `SELECT c.table_name || '.' || c.column_name AS name FROM information_schema.columns c
      WHERE c.table_schema = 'public' AND c.data_type = 'bytea' AND NOT EXISTS (
        SELECT 1 FROM information_schema.columns k WHERE k.table_schema = c.table_schema
          AND k.table_name = c.table_name AND k.column_name = 'key_id') ORDER BY 1`,
  });
  expect(rows.map(({ name }) => name)).toEqual([
    "browser_sessions.id",
    "commits.body_hash",
    "connect_links.code_hash",
    "connect_links.secret_hash",
    "connect_links.session_id",
    "encryption_keys.check_value",
    "keys.key_hash",
    "oauth_transactions.id",
    "oauth_transactions.session_id",
    "passes.pass_hash",
    "tombstones.hash",
  ]);
});

test("a key that seals nothing but a delivery can't be left out, and is counted", async () => {
  const [first, second] = [keyOf("k1"), keyOf("k2")];
  const both = createKeyring([first, second]);
  await verifyEncryptionKeys({ database, keyring: both });
  const delivery = { provider: "github", deliveryId: randomUUID(), event: "ping", payload: "{}" };
  await storeDeliveries({ database, keyring: both }, [delivery]);
  expect(await inspectSealed({ database, keyring: both }, { sample: 5 })).toEqual([
    { keyId: "k1", rows: 1, tried: 1, unopened: 0 },
  ]);
  const without = verifyEncryptionKeys({ database, keyring: createKeyring([second]) });
  await expect(without).rejects.toBeInstanceOf(ConfigError);
  await expect(without).rejects.toThrow(/"k1"/);

  await database.query({ text: "UPDATE deliveries SET payload = decode('00', 'hex')" });
  expect(await inspectSealed({ database, keyring: both }, { sample: 5 })).toMatchObject([{ tried: 1, unopened: 1 }]);
});
