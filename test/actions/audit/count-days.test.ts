import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countDays } from "../../../src/actions/audit/count-days.ts";
import { createLog } from "../../../src/log.ts";
import { readActivityDays, readAttributionDays } from "../../../src/store/activity-days.ts";
import { type Database, openDatabase } from "../../../src/store/database.ts";
import { claimErrand } from "../../../src/store/errands.ts";
import { readRefreshFailures } from "../../../src/store/refresh-failure-days.ts";
import { createTestDatabase } from "../../harness/database.ts";

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
const [ada, grace] = [randomUUID(), randomUUID()];
const going = () => false;
const query = async (text: string, values: unknown[] = []) => (await database.query({ text, values })).rows;
const all = async () => [
  await readActivityDays(database, ada),
  await readAttributionDays(database),
  await readRefreshFailures(database),
];
/** The errand is due again, as after five minutes. */
const due = () => query("UPDATE errands SET due_at = NULL");

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase({ log: createLog({ level: "silent" }) }, { url: testDatabase.url });
  await query("INSERT INTO bots (name, kind) VALUES ('one', 'bot'), ('two', 'bot')");
  // An event every 17 minutes on every tenth day of 40, until now: of two people and two bots, some of them no action in
  // their name.
  await query(
    `INSERT INTO audit_events (at, action, actor, result, user_id, bot_id, attribution, provider, detail)
      SELECT now() - n * interval '17 min' - (n / 50) * interval '9 days', CASE WHEN n % 17 = 0 THEN 'account.revoked' WHEN n % 11 = 0 THEN 'pass.create' ELSE 'commit' END,
        CASE WHEN n % 17 = 0 THEN 'provider' WHEN n % 13 = 0 THEN 'user' ELSE 'bot' END, 'succeeded',
        CASE WHEN n % 3 = 0 THEN $2::uuid ELSE $1::uuid END,
        (SELECT id FROM bots WHERE name = CASE WHEN n % 5 < 2 THEN 'one' ELSE 'two' END),
        CASE WHEN n % 7 = 0 THEN NULL WHEN n % 2 = 0 THEN 'app' ELSE 'user' END,
        'github', jsonb_build_object('reason', CASE WHEN n % 4 = 0 THEN 'user_revoked' ELSE 'refresh_failed' END)
      FROM generate_series(249, 0, -1) n`,
    [ada, grace],
  );
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

test("counts are the same before and after the hours are counted, and are those of thirty days", async () => {
  const before = await all();
  const sum = (await readActivityDays(database, ada)).reduce((all, { events }) => all + events, 0);
  const [{ counted } = {}] = await query(
    `SELECT count(*)::int AS counted FROM audit_events WHERE user_id = $1 AND actor = 'bot' AND action = 'commit'
      AND at >= ((now() AT TIME ZONE 'UTC')::date - 29)::timestamp AT TIME ZONE 'UTC'`,
    [ada],
  );
  expect(sum).toBe(counted);
  await countDays({ database }, going);
  expect(await query("SELECT 1 FROM activity_days")).not.toEqual([]);
  expect(await query("SELECT 1 FROM refresh_failure_days")).not.toEqual([]);
  expect(await all()).toEqual(before);
  await due();
  await countDays({ database }, going);
  expect(await all()).toEqual(before);
});

test("what comes after the hours that were counted is counted where it is", async () => {
  const [before = []] = await all();
  await query(
    `INSERT INTO audit_events (action, actor, result, user_id, bot_id)
      SELECT 'commit', 'bot', 'succeeded', $1, id FROM bots WHERE name = 'one'`,
    [ada],
  );
  const [after = []] = await all();
  const total = (days: { events: number }[]) => days.reduce((all, { events }) => all + events, 0);
  expect(total(after)).toBe(total(before) + 1);
});

test("one replica at a time counts, and a count that was interrupted goes on where it was", async () => {
  const expected = await all();
  await query("DELETE FROM activity_days");
  await query("DELETE FROM attribution_days");
  await query("DELETE FROM refresh_failure_days");
  await query("DELETE FROM errands");
  let hours = 0;
  await countDays({ database }, () => hours++ > 20);
  expect(await all()).toEqual(expected);
  await due();
  const held = await claimErrand(database, { name: "activity days", takeOver: false });
  expect(held).not.toBeNull();
  const before = await query("SELECT done_until FROM errands");
  await countDays({ database }, going);
  expect(await query("SELECT done_until FROM errands")).toEqual(before);
  await query("UPDATE errands SET lease_until = NULL, due_at = NULL");
  await countDays({ database }, going);
  expect(await query("SELECT done_until FROM errands")).not.toEqual(before);
  expect(await all()).toEqual(expected);
});

test("counts of days that nobody is shown go", async () => {
  await query("INSERT INTO activity_days SELECT $1, current_date - 40, id, 7 FROM bots", [ada]);
  await due();
  await countDays({ database }, going);
  expect(await query("SELECT 1 FROM activity_days WHERE day < current_date - 31")).toEqual([]);
});
