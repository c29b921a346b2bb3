import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createLog } from "../../src/log.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { createTestDatabase } from "../harness/database.ts";
import { emptyFolder, onbehalf } from "./onbehalf.ts";

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
let folder: string;
vi.setConfig({ testTimeout: 120_000 }); // each command is a process

beforeAll(async () => {
  folder = await emptyFolder();
  testDatabase = await createTestDatabase();
  database = openDatabase({ log: createLog({ level: "silent" }) }, { url: testDatabase.url });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
  await rm(folder, { recursive: true });
});

const run = (...args: string[]) =>
  onbehalf(["events", ...args], { cwd: folder, env: { DATABASE_URL: testDatabase.url } });

test("events that failed are listed without what they say of the platform's people, and sent again when asked", async () => {
  expect(await run("list")).toEqual({
    code: 0,
    out: "No event waits to be sent, and none has failed. (Without EVENTS_URL none is written.)\n",
    err: "",
  });
  const [failed, waiting, user] = [randomUUID(), randomUUID(), randomUUID()];
  await database.query({
    text: `INSERT INTO events (id, type, user_id, external_id, provider, account_id, attempts, last_error, failed_at)
      VALUES ($1, 'account.revoked', $3, 'crm/7', 'github', $3, 10, 'http_500', now()),
        ($2, 'account.connected', $3, 'crm/7', 'github', $3, 2, 'unreachable', NULL)`,
    values: [failed, waiting, user],
  });
  const { out } = await run("list", "--json");
  const time = expect.stringMatching(/^\d{4}-/);
  const about = { user, occurred_at: time };
  expect(JSON.parse(out)).toEqual({
    items: [
      {
        ...about,
        event: failed,
        type: "account.revoked",
        state: "failed",
        attempts: "10",
        last_error: "http_500",
        next_attempt_at: null,
      },
      {
        ...about,
        event: waiting,
        type: "account.connected",
        state: "waiting",
        attempts: "2",
        last_error: "unreachable",
        next_attempt_at: time,
      },
    ],
  });
  expect(out).not.toContain("crm/7");

  expect(await run("retry", failed)).toEqual({ code: 0, out: "Sent again: 1.\n", err: "" });
  const { rows } = await database.query({
    text: "SELECT attempts, failed_at FROM events WHERE id = $1",
    values: [failed],
  });
  expect(rows).toEqual([{ attempts: 0, failed_at: null }]);
  expect(JSON.parse((await run("retry", "--all", "--json")).out)).toEqual({ retried: 2 });
});

test.each([
  [[], /say --all/],
  [["x", "--all"], /say --all/],
  [["x"], /No event "x" is unsent: see `events list`/],
])("retry %j does nothing", async (args, says) => {
  const { code, err } = await run("retry", ...args);
  expect(code).toBe(1);
  expect(err).toMatch(says);
});
