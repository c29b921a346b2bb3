import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Problem } from "../../src/errors.ts";
import { openReplica, type Replica } from "../harness/replica.ts";
import { useStack } from "../harness/use-stack.ts";

/* Deliveries that come at once share statements, each its own transaction. */

const stack = useStack();
let replica: Replica;
/** Statements that store wait for this. */
let held: Promise<void> = Promise.resolve();
beforeAll(async () => {
  replica = await openReplica(stack, {
    beforeStatement: (text) => (text.startsWith("INSERT INTO deliveries") ? held : undefined),
  });
});
afterAll(() => replica.close());

const newDelivery = (deliveryId: string = randomUUID(), payload = "{}") => ({
  provider: "github",
  deliveryId,
  event: "ping",
  payload,
});
const inserts = () => replica.statements.filter((text) => text.startsWith("INSERT INTO deliveries")).length;

/** Stores all of them at once, while those before are still being written. */
async function storeTogether(deliveries: ReturnType<typeof newDelivery>[], fails?: Error) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  held = promise;
  const before = inserts();
  const results = deliveries.map((delivery) => replica.services.storeDelivery(delivery));
  if (fails) reject(fails);
  else resolve();
  const settled = await Promise.allSettled(results);
  return { settled, statements: inserts() - before };
}

async function countStored(ids: string[]): Promise<number> {
  const { rows } = await stack.database.query<{ count: number }>({
    text: "SELECT count(*)::int AS count FROM deliveries WHERE delivery_id = ANY ($1)",
    values: [ids],
  });
  return rows[0]?.count ?? 0;
}

test("one that comes alone is written at once", async () => {
  const { settled, statements } = await storeTogether([newDelivery()]);
  expect(settled).toMatchObject([{ status: "fulfilled" }]);
  expect(statements).toBe(1);
});

test("those that come while others are written share a statement, a hundred at the most", async () => {
  const deliveries = Array.from({ length: 252 }, () => newDelivery());
  const { settled, statements } = await storeTogether(deliveries);
  expect(settled.every(({ status }) => status === "fulfilled")).toBe(true);
  // Two that find nobody waiting, then 100, 100 and 50.
  expect(statements).toBe(5);
  expect(await countStored(deliveries.map(({ deliveryId }) => deliveryId))).toBe(252);
});

test("large ones share none with many", async () => {
  const large = () => newDelivery(randomUUID(), `{"x":"${"x".repeat(5 * 1024 * 1024)}"}`);
  const { settled, statements } = await storeTogether(Array.from({ length: 5 }, large));
  expect(settled.every(({ status }) => status === "fulfilled")).toBe(true);
  expect(statements).toBe(5);
});

test("the same id twice in a statement is one delivery", async () => {
  const id = randomUUID();
  const deliveries = [newDelivery(), newDelivery(), newDelivery(id), newDelivery(id), newDelivery(id)];
  const { settled } = await storeTogether(deliveries);
  expect(settled.every(({ status }) => status === "fulfilled")).toBe(true);
  expect(await countStored([id])).toBe(1);
});

test("with the database away those that wait are told with those that were tried", async () => {
  const away = new Problem("database_unavailable", "The database can't be reached just now.");
  const { settled, statements } = await storeTogether(
    Array.from({ length: 250 }, () => newDelivery()),
    away,
  );
  expect(settled).toEqual(settled.map(() => ({ status: "rejected", reason: away })));
  expect(statements).toBe(2);
  held = Promise.resolve();
  await replica.services.storeDelivery(newDelivery());
});

test("statements with the same ids in another order don't block each other", async () => {
  const other = await openReplica(stack);
  try {
    for (let round = 0; round < 10; round++) {
      const ids = Array.from({ length: 60 }, () => randomUUID());
      const store = (by: Replica, sent: string[]) => sent.map((id) => by.services.storeDelivery(newDelivery(id)));
      await Promise.all([...store(replica, ids), ...store(other, ids.toReversed())]);
      expect(await countStored(ids)).toBe(60);
    }
  } finally {
    await other.close();
  }
});
