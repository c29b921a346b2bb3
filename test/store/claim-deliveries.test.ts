import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createLog } from "../../src/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { claimDeliveries } from "../../src/store/deliveries.ts";
import { createTestDatabase } from "../harness/database.ts";

test("large deliveries are claimed a few at a time, in the order in which they are due, and none is left out", async () => {
  const testDatabase = await createTestDatabase();
  const database = openDatabase({ log: createLog({ level: "silent" }) }, { url: testDatabase.url });
  try {
    const mebibytes = [20, 20, 1, 40, 1];
    for (const [place, size] of mebibytes.entries()) {
      await database.query({
        text: `INSERT INTO deliveries (id, provider, delivery_id, event, payload, key_id, next_attempt_at)
          VALUES ($1, 'github', $2, 'ping', decode(repeat('00', $3), 'hex'), 'k1', now() - $4 * interval '1 s')`,
        values: [randomUUID(), String(place), size * 1024 * 1024, 60 - place],
      });
    }
    const turns: string[][] = [];
    for (;;) {
      const { claimed } = await claimDeliveries(database, 30);
      if (claimed.length === 0) break;
      turns.push(claimed.map(({ deliveryId }) => deliveryId).sort());
    }
    expect(turns).toEqual([["0", "1"], ["2", "3"], ["4"]]);
  } finally {
    await database.close();
    await testDatabase.drop();
  }
});
