import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterEach, expect, test, vi } from "vitest";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { openDelivery, removeOldDeliveries } from "../../src/store/deliveries.ts";
import { deliver, deliveryRow, outcomeOf, tryAgain } from "../harness/deliveries.ts";
import { committer } from "../harness/people.ts";
import { openReplica } from "../harness/replica.ts";
import { accountOf, auditSince, lastAudit, rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
afterEach(() => stack.sandbox.faults.clear());

const check = { method: "POST", path: /\/applications\/[^/]+\/token$/ };
const revoked = (person: { id: number; login: string }) => ({
  action: "revoked",
  sender: { id: person.id, login: person.login },
});

/** A person whose grant is dead at GitHub, which nobody has told us. */
async function ended() {
  const person = await committer(stack);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  return person;
}

/** A delivery that fails for as long as GitHub does. */
async function failing(times: number) {
  const person = await ended();
  stack.sandbox.faults.add({ match: check, respond: { status: 500 }, times });
  return { person, delivery: await deliver(stack, "github_app_authorization", revoked(person)) };
}

const setAttempts = (deliveryId: string, attempts: number) =>
  stack.database.query({
    text: "UPDATE deliveries SET attempts = $2 WHERE delivery_id = $1",
    values: [deliveryId, attempts],
  });

/** The pause before the next try, in seconds, from the last one on. */
async function pause(deliveryId: string): Promise<number> {
  const { rows } = await stack.database.query<{ seconds: number }>({
    text: `SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS seconds
      FROM deliveries WHERE delivery_id = $1`,
    values: [deliveryId],
  });
  return rows[0]?.seconds ?? 0;
}

test("nothing is acknowledged before it is stored", async () => {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    await client.query("BEGIN; LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE");
    const id = randomUUID();
    let answered = false;
    const delivered = stack.sandbox.deliver("ping", { zen: "x" }, { id }).finally(() => {
      answered = true;
    });
    await vi.waitFor(async () => {
      const { rows } = await stack.database.query({
        text: `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
          AND query LIKE 'INSERT INTO deliveries%'`,
      });
      expect(rows).toHaveLength(1);
    }, 10_000);
    expect(answered).toBe(false);
    await client.query("COMMIT");
    expect((await delivered).status).toBe(202);
    expect(await deliveryRow(stack, id)).toMatchObject({ event: "ping" });
  } finally {
    await client.end();
  }
});

test("what a delivery says is sealed while it waits, and forgotten once it is handled", async () => {
  const { person, delivery } = await failing(1);
  const keyring = createKeyring([
    {
      id: stack.environment.ENCRYPTION_KEYS?.split(":")[0] ?? "",
      bytes: Buffer.from(stack.environment.ENCRYPTION_KEYS?.split(":")[1] ?? "", "base64"),
    },
  ]);
  const sealedPayload = delivery.payload ?? Buffer.alloc(0);
  expect(sealedPayload.includes(person.login)).toBe(false);
  expect(JSON.parse(openDelivery(keyring, { id: delivery.id, provider: "github", sealedPayload }))).toEqual(
    revoked(person),
  );
  const other = { id: randomUUID(), provider: "github", sealedPayload };
  expect(() => openDelivery(keyring, other)).toThrow(/altered or moved/);
  expect(await tryAgain(stack, delivery.deliveryId)).toMatchObject({
    state: "handled",
    payload: null,
    key_id: null,
    last_error: null,
    settled_at: expect.any(Date),
  });
});

test("one that comes again under the same id is acknowledged and handled once", async () => {
  const person = await ended();
  const { deliveryId } = await deliver(stack, "github_app_authorization", revoked(person));
  const handled = await deliveryRow(stack, deliveryId);
  await stack.connect(person.login, person.browser);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  const asked = stack.sandbox.requests.length;
  const again = await Promise.all(
    [1, 2, 3].map(() => stack.sandbox.deliver("github_app_authorization", revoked(person), { id: deliveryId })),
  );
  expect(again.map(({ status }) => status)).toEqual([202, 202, 202]);
  // Whatever came is claimed in its order: when this is handled, those would have been.
  await deliver(stack, "ping", { zen: "x" });
  expect(await deliveryRow(stack, deliveryId)).toEqual(handled);
  expect(stack.sandbox.requests.length).toBe(asked);
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "active" });
});

test("several at once under one id are one", async () => {
  const person = await ended();
  const audit = await lastAudit(stack);
  const id = randomUUID();
  await Promise.all(
    Array.from({ length: 8 }, () => stack.sandbox.deliver("github_app_authorization", revoked(person), { id })),
  );
  expect(await outcomeOf(stack, id)).toMatchObject({ state: "handled", attempts: 1 });
  expect(await auditSince(stack, audit)).toHaveLength(1);
});

test("a handler that fails is tried again, after 5 s and then ever later, up to 10 minutes", async () => {
  const { person, delivery } = await failing(5);
  const { deliveryId } = delivery;
  expect(delivery).toMatchObject({ state: "received", attempts: 1, last_error: "unreachable" });
  for (const [attempts, seconds] of [
    [1, 5],
    [2, 10],
    [7, 320],
    [8, 600],
    [11, 600],
  ] as const) {
    if (attempts > 1) {
      await setAttempts(deliveryId, attempts - 1);
      expect(await tryAgain(stack, deliveryId)).toMatchObject({ state: "received", attempts });
    }
    expect(await pause(deliveryId)).toBeGreaterThan(seconds - 4);
    expect(await pause(deliveryId)).toBeLessThanOrEqual(seconds);
  }
  expect(await tryAgain(stack, deliveryId)).toMatchObject({ state: "handled", attempts: 12 });
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked" });
});

test("after the last try it is parked, said loudly, and tried no more, until GitHub sends it again", async () => {
  const { person, delivery } = await failing(2);
  const { deliveryId } = delivery;
  await setAttempts(deliveryId, 11);
  const parked = await tryAgain(stack, deliveryId);
  expect(parked).toMatchObject({
    state: "failed",
    attempts: 12,
    last_error: "unreachable",
    settled_at: expect.any(Date),
  });
  expect(parked.payload).not.toBeNull();
  expect(stack.log.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ level: 50, delivery: deliveryId, why: "unreachable" }),
  );
  await stack.database.query({
    text: "UPDATE deliveries SET next_attempt_at = now() WHERE delivery_id = $1",
    values: [deliveryId],
  });
  await deliver(stack, "ping", { zen: "x" });
  expect(await deliveryRow(stack, deliveryId)).toMatchObject({ state: "failed", attempts: 12 });
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "active" });

  expect(await deliver(stack, "github_app_authorization", revoked(person), { id: deliveryId })).toMatchObject({
    state: "handled",
    attempts: 1,
  });
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked" });
});

test("one that was claimed to the last and never came to an end is parked", async () => {
  const { delivery } = await failing(1);
  await setAttempts(delivery.deliveryId, 12);
  expect(await tryAgain(stack, delivery.deliveryId)).toMatchObject({ state: "failed", last_error: "interrupted" });
});

test("one that can't be opened fails alone", async () => {
  const [one, other] = [await failing(1), await failing(1)];
  await stack.database.query({
    text: "UPDATE deliveries SET payload = decode('00', 'hex') WHERE id = $1",
    values: [one.delivery.id],
  });
  expect(await tryAgain(stack, one.delivery.deliveryId)).toMatchObject({ last_error: "cannot_unseal" });
  expect(await tryAgain(stack, other.delivery.deliveryId)).toMatchObject({ state: "handled" });
});

test("one whose handler waits for GitHub keeps no other waiting", async () => {
  const slow = await ended();
  stack.sandbox.faults.add({ match: check, delayMs: 1_500 });
  const { id } = await stack.sandbox.deliver("github_app_authorization", revoked(slow));
  await vi.waitFor(async () => expect(await deliveryRow(stack, id)).toMatchObject({ attempts: 1 }));
  for (let count = 0; count < 3; count++) await deliver(stack, "ping", { zen: "x" });
  expect(await deliveryRow(stack, id)).toMatchObject({ state: "received" });
  expect(await outcomeOf(stack, id)).toMatchObject({ state: "handled" });
});

test("more than are handled at once come to an end all the same", async () => {
  const sent = await Promise.all(Array.from({ length: 40 }, (_, n) => stack.sandbox.deliver("ping", { n })));
  for (const { id } of sent) expect(await outcomeOf(stack, id)).toMatchObject({ state: "handled", attempts: 1 });
});

test("handled by two processes at once it has its effect once", async () => {
  const person = await ended();
  const audit = await lastAudit(stack);
  const replica = await openReplica(stack);
  try {
    const delivery = {
      provider: "github",
      deliveryId: randomUUID(),
      event: "github_app_authorization",
      payload: JSON.stringify(revoked(person)),
    };
    for (const results of [
      await Promise.all([replica.services.handleDelivery(delivery), replica.services.handleDelivery(delivery)]),
      [await replica.services.handleDelivery(delivery)],
    ]) {
      expect(results.every((result) => result === undefined)).toBe(true);
    }
  } finally {
    await replica.close();
  }
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked", version: 2 });
  expect(await auditSince(stack, audit)).toMatchObject([{ action: "account.revoked", user_id: person.userId }]);
});

test("handled ones are forgotten after four days, parked ones after seven, and waiting ones never", async () => {
  const aged = new Map<string, string>();
  for (const [state, days] of [
    ["handled", 3],
    ["handled", 5],
    ["failed", 6],
    ["failed", 8],
    ["received", 30],
  ] as const) {
    const deliveryId = `${state}-${days}`;
    aged.set(deliveryId, state);
    await stack.database.query({
      text: `INSERT INTO deliveries (id, provider, delivery_id, event, payload, key_id, state, received_at, settled_at,
          next_attempt_at)
        VALUES (gen_random_uuid(), 'github', $1, 'ping', CASE WHEN $2 <> 'handled' THEN '\\x00'::bytea END,
          CASE WHEN $2 <> 'handled' THEN 'k1' END, $2, now() - $3 * interval '1 day',
          CASE WHEN $2 <> 'received' THEN now() - $3 * interval '1 day' END, now() + interval '1 day')`,
      values: [deliveryId, state, days],
    });
  }
  await removeOldDeliveries(stack.database, { days: 7, most: 1000 });
  const kept = (await rowsOf(stack, "deliveries")).map(({ delivery_id }) => String(delivery_id));
  expect(kept.filter((id) => aged.has(id)).sort()).toEqual(["failed-6", "handled-3", "received-30"]);
});

test("what a delivery says of people reaches no log line, also when its handler fails", async () => {
  const { person } = await failing(1);
  expect(stack.log.join("\n")).toContain("a delivery could not be handled");
  expect(stack.log.join("\n")).not.toContain(person.login);
});
