import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createLog } from "../../../src/log.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { attachEmbedded } from "../../../src/store/embedded/attach-embedded.ts";
import { startEmbedded } from "../../../src/store/embedded/start-embedded.ts";
import { createTestDatabase } from "../../harness/database.ts";
import { diagnose } from "../../harness/diagnose.ts";

type TestDatabase = Awaited<ReturnType<typeof createTestDatabase>>;

const log = createLog({ level: "silent" });
let migrated: TestDatabase;
beforeAll(async () => {
  migrated = await createTestDatabase();
});
afterEach(() => void vi.useRealTimers());
afterAll(() => migrated.drop());

/** Only the database's checks have what they need here. */
const check = async (id: string, DATABASE_URL: string) =>
  (await diagnose({ DATABASE_URL, DATA_DIR: "/nonexistent" })).check(id);

async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const database = openDatabase({ log }, { url, connections: 1 });
  return database
    .query<Record<string, unknown>>({ text })
    .then(({ rows }) => rows)
    .finally(() => database.close());
}

describe("a database that can't be used", () => {
  test("nobody listens", async () => {
    const found = await diagnose({ DATABASE_URL: "postgres://onbehalf@127.0.0.1:9/onbehalf" });
    expect(found.check("database")).toMatchObject({
      status: "failure",
      says: expect.stringContaining("ECONNREFUSED"),
      repair: expect.stringContaining("DATABASE_URL"),
    });
    expect(found.skipped).toEqual(expect.arrayContaining(["migrations", "database-clock"]));
  });

  test("there is none of that name", async () => {
    const url = new URL(migrated.url);
    url.pathname = "/nowhere";
    expect((await check("database", url.href)).says).toContain('database "nowhere" does not exist');
  });

  test("the address is none", async () => {
    expect((await check("database", "postgres://[")).status).toBe("failure");
  });
});

describe("migrations", () => {
  let empty: TestDatabase;
  beforeAll(async () => {
    empty = await createTestDatabase();
    await sql(empty.url, "DROP SCHEMA public CASCADE");
    await sql(empty.url, "CREATE SCHEMA public");
  });
  afterAll(() => empty.drop());

  test("to be applied are named and left alone", async () => {
    const found = await check("migrations", empty.url);
    expect(found.status).toBe("warning");
    expect(found.says).toContain("001_initial, 002_commits");
    expect(await sql(empty.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
  });

  test("to be applied by an account that may make no tables fail", async () => {
    const role = `reader_${randomBytes(4).toString("hex")}`;
    const password = randomBytes(9).toString("hex");
    await sql(empty.url, `CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
    await sql(empty.url, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    const url = Object.assign(new URL(empty.url), { username: role, password });
    const found = await check("migrations", url.href);
    await sql(empty.url, `DROP ROLE ${role}`);
    expect(found).toMatchObject({ status: "failure", repair: expect.stringContaining("right to create tables") });
  });

  test("of a newer version fail", async () => {
    const newer = await createTestDatabase();
    await sql(newer.url, "INSERT INTO knex_migrations (name, batch) VALUES ('999_tomorrow', 9)");
    const found = await check("migrations", newer.url);
    await newer.drop();
    expect(found).toMatchObject({ status: "failure", says: expect.stringContaining("999_tomorrow") });
  });
});

describe("the database's clock", () => {
  test.each([
    [10, "ok"],
    [120, "warning"],
    [-120, "warning"],
  ] as const)("%i s from ours: %s", async (seconds, status) => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - seconds * 1000 });
    const found = await check("database-clock", migrated.url);
    expect(found.status).toBe(status);
    if (status === "warning") expect(found.says).toContain(seconds > 0 ? "ahead of this machine's" : "behind this");
  });
});

describe("the embedded database", () => {
  test("that was never made is a warning, and the checks make none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "onbehalf-doctor-"));
    const found = await diagnose({ DATA_DIR: folder });
    expect(found.check("database")).toMatchObject({
      status: "warning",
      repair: expect.stringContaining("first start"),
    });
    expect(await attachEmbedded({ dataDir: folder })).toBeNull();
    await rm(folder, { recursive: true });
  });

  test("is used where it runs, and started for the checks alone where it doesn't", async () => {
    const folder = await mkdtemp(join(tmpdir(), "onbehalf-doctor-"));
    await chmod(folder, 0o711);
    const dataDir = join(folder, "data");
    const running = await startEmbedded({ log: () => {} }, { dataDir, settings: { fsync: "off" } });
    expect((await diagnose({ DATA_DIR: dataDir })).check("database").says).toMatch(/\(embedded, running\) answers\.$/);
    expect(await attachEmbedded({ dataDir })).not.toBeNull();
    await running.stop();
    const found = await diagnose({ DATA_DIR: dataDir });
    expect(found.check("database").says).toMatch(/\(embedded, not running\) answers\.$/);
    expect(found.check("migrations").status).toBe("warning");
    expect(await attachEmbedded({ dataDir })).toBeNull();
    await rm(folder, { recursive: true });
  });
});
