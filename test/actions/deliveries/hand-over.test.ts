import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDeliveryHandling, type Handle } from "../../../src/actions/deliveries/handle-deliveries.ts";
import { createKeyring } from "../../../src/crypto/keyring.ts";
import { createLog } from "../../../src/log.ts";
import { createMetrics } from "../../../src/metrics/create-metrics.ts";
import { type Database, openDatabase } from "../../../src/store/database.ts";
import { storeDeliveries } from "../../../src/store/deliveries.ts";
import { createTestDatabase } from "../../harness/database.ts";

const log = createLog({ level: "silent" });
const metrics = createMetrics({ version: "0", node: "0" });
const keyring = createKeyring([{ id: "k1", bytes: Buffer.alloc(32, 7) }]);
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase({ log }, { url: testDatabase.url });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const store = (deliveryId: string) =>
  storeDeliveries({ database, keyring }, [{ provider: "github", deliveryId, event: "ping", payload: "{}" }]);

const handling = (handleDelivery: Handle) =>
  createDeliveryHandling({ database, keyring, log, metrics, handleDelivery }, () => {});

async function row(deliveryId: string) {
  const { rows } = await database.query<{ state: string; attempts: number; due: boolean }>({
    text: "SELECT state, attempts, next_attempt_at <= now() AS due FROM deliveries WHERE delivery_id = $1",
    values: [deliveryId],
  });
  return rows[0];
}

test("a stop waits for a handler, and hands over what takes longer: another process takes it at once, the late one changes nothing", async () => {
  const [slow, quick] = [randomUUID(), randomUUID()];
  await store(slow);
  await store(quick);
  let fail = (_error: Error) => {};
  const stopping = handling(({ deliveryId }) =>
    deliveryId === quick
      ? Promise.resolve()
      : new Promise((_resolve, reject) => {
          fail = reject;
        }),
  );
  await stopping.begin();
  await stopping.finish(50);
  expect(await row(quick)).toMatchObject({ state: "handled" });
  expect(await row(slow)).toEqual({ state: "received", attempts: 1, due: true });

  let settle = () => {};
  const taken: string[] = [];
  const successor = handling(({ deliveryId }) => {
    taken.push(deliveryId);
    return new Promise((resolve) => {
      settle = resolve;
    });
  });
  await successor.begin();
  expect(await row(slow)).toEqual({ state: "received", attempts: 2, due: false });
  // What the successor has claimed is not handed over again, nor put off, by the one before.
  await stopping.finish(0);
  fail(new Error("too late"));
  await stopping.finish(10_000);
  expect(await row(slow)).toEqual({ state: "received", attempts: 2, due: false });
  settle();
  await successor.finish(10_000);
  expect(taken).toEqual([slow]);
  expect(await row(slow)).toMatchObject({ state: "handled", attempts: 2 });
});
