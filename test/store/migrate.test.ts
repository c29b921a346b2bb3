import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate, pending, rollback } from "../../src/store/migrate.ts";
import { createTestDatabase } from "../harness/database.ts";

let folder: string;
let directory: URL;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let options: { url: string; directory: URL };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onbehalf-migrations-"));
  directory = pathToFileURL(`${folder}/`);
  database = await createTestDatabase();
  options = { url: database.url, directory };
  await query("DROP TABLE knex_migrations, knex_migrations_lock");
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return (await client.query({ text: sql, rowMode: "array" }).finally(() => client.end())).rows;
}

async function write(name: string, up: string, rest = "") {
  const source = `import type { Knex } from "knex";
export async function up(knex: Knex): Promise<void> { ${up} }
export async function down(knex: Knex): Promise<void> { await knex.schema.dropTable("made_by_${name}"); }
${rest}`;
  await writeFile(join(folder, `${name}.ts`), source);
}

const table = (name: string) => `await knex.schema.createTable("made_by_${name}", (t) => { t.integer("id"); });`;

test("an empty folder is fine", async () => {
  expect(await migrate(options)).toEqual({ applied: [] });
});

test("TypeScript migrations go up once, in order, and down again", async () => {
  await write("002_b", table("002_b"));
  await write("001_a", table("001_a"));
  expect(await pending(options)).toEqual(["001_a", "002_b"]);
  expect(await migrate(options)).toEqual({ applied: ["001_a", "002_b"] });
  expect(await migrate(options)).toEqual({ applied: [] });
  expect(await pending(options)).toEqual([]);
  await write("003_c", table("003_c"));
  await migrate(options);
  expect(await rollback(options)).toEqual({ reverted: ["003_c"] });
  expect(await rollback({ ...options, all: true })).toEqual({ reverted: ["002_b", "001_a"] });
  expect(await pending(options)).toEqual(["001_a", "002_b", "003_c"]);
});

test("a version that knows less than the database has starts all the same, and leaves it as it is", async () => {
  await write("001_a", table("001_a"));
  await write("002_b", table("002_b"));
  await migrate(options);
  await rm(join(folder, "002_b.ts"));
  expect(await migrate(options)).toEqual({ applied: [] });
  expect(await query("SELECT name FROM knex_migrations ORDER BY 1")).toEqual([["001_a"], ["002_b"]]);
});

test("replicas that start together wait for each other", async () => {
  await write("001_a", `await knex.raw("SELECT pg_sleep(0.3)"); ${table("001_a")}`);
  const results = await Promise.all([migrate(options), migrate(options), migrate(options)]);
  expect(results.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 1]);
});

test("knex's own lock, left behind by a killed process, is no obstacle", async () => {
  await migrate(options);
  await query("UPDATE knex_migrations_lock SET is_locked = 1");
  await write("001_a", table("001_a"), "export const config = { transaction: false };");
  expect(await migrate(options)).toEqual({ applied: ["001_a"] });
});

test("a migration that fails is named and leaves nothing behind", async () => {
  await write("001_a", table("001_a"));
  await write("002_b", `${table("002_b")} await knex.raw("SELECT 1/0");`);
  await expect(migrate(options)).rejects.toThrow(/002_b.*division by zero/s);
  expect(await query("SELECT to_regclass('made_by_001_a')")).toEqual([[null]]);
  expect(await pending(options)).toEqual(["001_a", "002_b"]);
});
