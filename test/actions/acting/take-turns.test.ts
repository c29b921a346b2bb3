import { afterAll, beforeAll, expect, test } from "vitest";
import { createTurns } from "../../../src/actions/acting/take-turns.ts";
import { createLog } from "../../../src/log.ts";
import { ProviderFailure } from "../../../src/providers/failure.ts";
import { type Database, openDatabase } from "../../../src/store/database.ts";
import { createTestDatabase } from "../../harness/database.ts";

const log = createLog({ level: "silent" });
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase({ log }, { url: testDatabase.url, connections: 4 });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** What a promise came to. */
const outcome = (work: Promise<unknown>) => work.then(String, (error) => error);

test("two processes together have no more requests under way than a second allows", async () => {
  const processes = [1, 2].map(() => createTurns({ database, log }, { name: "both", perSecond: 3 }));
  let sent = 0;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const all = [0, 1, 0, 1, 0, 1].map((index) =>
    processes[index]?.(async () => {
      sent += 1;
      await answered;
    }),
  );
  await expect.poll(() => sent).toBe(3);
  const { rows } = await database.query({
    text: "SELECT 1 FROM request_slots WHERE name = 'both' AND free_at > clock_timestamp() + interval '5 s'",
    values: [],
  });
  expect(rows).toHaveLength(3);
  answer();
  await Promise.all(all);
  expect(sent).toBe(6);
});

test("who would wait for too long is told when to come back, and nothing is sent", async () => {
  const turn = createTurns({ database, log }, { name: "short", perSecond: 2, patienceMs: 1_000 });
  let sent = 0;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const held = [1, 2].map(() =>
    turn(async () => {
      sent += 1;
      await answered;
    }),
  );
  await expect.poll(() => sent).toBe(2);
  const late = await Promise.all([1, 2, 3, 4].map(() => outcome(turn(async () => "sent"))));
  for (const failure of late) {
    expect(failure).toBeInstanceOf(ProviderFailure);
    expect(failure).toMatchObject({ kind: "throttled", retryAfter: expect.any(Number) });
  }
  answer();
  await Promise.all(held);
});

test("a request that failed gives its turn back", async () => {
  const turn = createTurns({ database, log }, { name: "failing", perSecond: 1 });
  expect(await outcome(turn(() => Promise.reject(new Error("no answer"))))).toMatchObject({ message: "no answer" });
  expect(await outcome(turn(async () => "sent"))).toBe("sent");
});

test("bots that keep all of their turns busy keep nobody from renewing a token", async () => {
  const callers = createTurns({ database, log }, { name: "shared", perSecond: 3, most: 2, patienceMs: 1_000 });
  const own = createTurns({ database, log }, { name: "shared", perSecond: 3 });
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let sent = 0;
  const busy = [1, 2].map(() =>
    callers(async () => {
      sent += 1;
      await answered;
    }),
  );
  await expect.poll(() => sent).toBe(2);
  expect(await outcome(callers(async () => "sent"))).toMatchObject({ kind: "throttled" });
  expect(await outcome(own(async () => "renewed"))).toBe("renewed");
  answer();
  await Promise.all(busy);
});
