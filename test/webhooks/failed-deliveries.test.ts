import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { requestFailedDeliveries } from "../../src/actions/deliveries/request-failed-deliveries.ts";
import { claimErrand } from "../../src/store/errands.ts";
import { deliveryRow, outcomeOf } from "../harness/deliveries.ts";
import { openReplica, type Replica } from "../harness/replica.ts";
import { stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let replica: Replica;
let home: string;
beforeAll(async () => {
  home = `${stack.url}/api/github/webhooks`;
  replica = await openReplica(stack);
});
beforeEach(async () => {
  // Its own question at start is over.
  await vi.waitFor(async () => expect(await errand()).toMatchObject({ lease_id: null, done_until: expect.any(Date) }));
});
afterEach(async () => {
  stack.sandbox.faults.clear();
  stack.sandbox.setWebhookUrl(home);
  await stack.sandbox.settled();
  // What this test missed is no other one's.
  await stack.database.query({
    text: `INSERT INTO requested_deliveries (provider, delivery_id, times) SELECT DISTINCT 'github', id, 10
      FROM unnest($1::text[]) AS missed (id) ON CONFLICT (provider, delivery_id) DO UPDATE SET times = 10`,
    values: [stack.sandbox.deliveries.map(({ id }) => id)],
  });
});
afterAll(() => replica.close());

/** Other errands have rows of their own. */
const errandName = "failed deliveries of github";
const list = { method: "GET", path: /\/app\/hook\/deliveries$/ };
const again = { method: "POST", path: /\/app\/hook\/deliveries\/\d+\/attempts$/ };
const never = () => false;
const askIfDue = (turn: { atStart?: boolean; stopped?: () => boolean } = {}) =>
  requestFailedDeliveries(replica.services, { provider: "github", atStart: false, stopped: never, ...turn });
/** Three minutes later. Right before it asks, so that the stack itself has no chance to be first. */
async function ask(turn: { stopped?: () => boolean } = {}): Promise<boolean> {
  await stack.database.query({
    text: "UPDATE errands SET due_at = now() WHERE name = $1",
    values: [errandName],
  });
  return askIfDue(turn);
}

async function errand(): Promise<Record<string, unknown> | undefined> {
  const { rows } = await stack.database.query<Record<string, unknown>>({
    text: "SELECT * FROM errands WHERE name = $1",
    values: [errandName],
  });
  return rows[0];
}

/** Deliveries that reach nobody. */
async function missed(count = 1): Promise<string[]> {
  stack.sandbox.setWebhookUrl("http://127.0.0.1:9/api/github/webhooks");
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { status, id } = await stack.sandbox.deliver("ping", { n });
    expect(status).toBe(0);
    ids.push(id);
  }
  return ids;
}

async function deliveryRequestsOf(work: () => Promise<unknown>): Promise<string[]> {
  const before = stack.deliveryRequests().length;
  await work();
  return stack
    .deliveryRequests()
    .slice(before)
    .map(({ method }) => method);
}

test("what GitHub could not deliver while nobody was there is asked for at the next start, and handled", async () => {
  const [id = ""] = await missed();
  stack.sandbox.setWebhookUrl(home);
  expect(await deliveryRow(stack, id)).toBeUndefined();
  const other = await stack.replica();
  expect(await outcomeOf(stack, id)).toMatchObject({ event: "ping", state: "handled" });
  await other.stop();
});

test("and every three minutes while it runs: the oldest first, and only what is not stored", async () => {
  const before = stack.sandbox.deliveries.length;
  const { id: stored } = await stack.sandbox.deliver("ping", { zen: "x" });
  const ids = await missed(3);
  stack.sandbox.setWebhookUrl(home);
  expect(await deliveryRequestsOf(() => ask())).toEqual(["GET", "POST", "POST", "POST"]);
  await stack.sandbox.settled();
  const sent = stack.sandbox.deliveries.slice(before).filter(({ redelivery }) => redelivery);
  expect(sent.map(({ id }) => id)).toEqual(ids);
  expect(sent.map(({ id }) => id)).not.toContain(stored);
  expect(await deliveryRequestsOf(() => ask())).toEqual(["GET"]);
});

test("no sooner, and by one replica only", async () => {
  const results: boolean[] = [];
  const asked = await deliveryRequestsOf(async () => {
    results.push(...(await Promise.all([ask(), askIfDue(), askIfDue()])), await askIfDue());
  });
  expect(results.filter(Boolean)).toHaveLength(1);
  expect(asked).toEqual(["GET"]);
  const { rows } = await stack.database.query<{ seconds: number }>({
    text: "SELECT extract(epoch FROM due_at - done_until)::float8 AS seconds FROM errands WHERE name = $1",
    values: [errandName],
  });
  expect(rows[0]?.seconds).toBeGreaterThanOrEqual(180);
});

test("a replica that starts asks whenever the others did, and takes over from one that died over it", async () => {
  expect(await ask()).toBe(true);
  expect(await askIfDue()).toBe(false);
  expect(await askIfDue({ atStart: true })).toBe(true);
  const dead = await claimErrand(stack.database, { name: errandName, takeOver: true });
  expect(dead).not.toBeNull();
  expect(await ask()).toBe(false);
  expect(await askIfDue({ atStart: true })).toBe(true);
});

test("one that lost the errand to another asks for nothing more", async () => {
  await missed(3);
  let calls = 0;
  const overtaken = await openReplica(stack, {
    beforeStatement: async (text) => {
      // The second renewal is the one before the first delivery is asked for.
      if (!text.startsWith("UPDATE errands SET lease_until") || ++calls !== 2) return;
      await stack.database.query({
        text: "UPDATE errands SET lease_id = gen_random_uuid() WHERE name = $1",
        values: [errandName],
      });
    },
  });
  const turn = { provider: "github" as const, atStart: true, stopped: never };
  expect(await deliveryRequestsOf(() => requestFailedDeliveries(overtaken.services, turn))).toEqual(["GET"]);
  await overtaken.close();
  await stack.database.query({
    text: "UPDATE errands SET lease_id = NULL, lease_until = NULL WHERE name = $1",
    values: [errandName],
  });
});

test("what fails again and again is asked for ten times", async () => {
  const [id = ""] = await missed();
  for (let count = 1; count <= 12; count++) {
    expect([count, await deliveryRequestsOf(() => ask())]).toEqual([count, count <= 10 ? ["GET", "POST"] : ["GET"]]);
    await stack.sandbox.settled();
  }
  expect(stack.sandbox.deliveries.filter((one) => one.id === id)).toHaveLength(11);
});

test("what is on a later page is found", async () => {
  const [id = ""] = await missed();
  stack.sandbox.setWebhookUrl(home);
  await Promise.all(Array.from({ length: 120 }, (_, n) => stack.sandbox.deliver("ping", { n })));
  const asked = await deliveryRequestsOf(() => ask());
  expect(asked.filter((method) => method === "GET").length).toBeGreaterThan(1);
  expect(asked.filter((method) => method === "POST")).toHaveLength(1);
  expect(await outcomeOf(stack, id)).toMatchObject({ state: "handled" });
});

test("a stop ends it, and the next one begins where it was", async () => {
  const ids = await missed(2);
  stack.sandbox.setWebhookUrl(home);
  const before = await errand();
  let asked = 0;
  await ask({ stopped: () => ++asked > 2 });
  expect((await errand())?.done_until).toEqual(before?.done_until);
  await ask();
  for (const id of ids) expect(await outcomeOf(stack, id)).toMatchObject({ state: "handled" });
});

test.each([
  { what: "answers 500", fault: { match: list, respond: { status: 500 } } },
  { what: "does not know the app", fault: { match: list, respond: { status: 401, body: { message: "no" } } } },
  { what: "limits the rate", fault: { match: again, respond: { status: 429, headers: { "retry-after": "60" } } } },
  { what: "cuts the line", fault: { match: again, dropBefore: true } },
  { what: "writes nonsense", fault: { match: list, respond: { status: 200, body: { message: "?" } } } },
])("a GitHub that $what changes nothing, and is asked again in three minutes", async ({ fault }) => {
  const [id = ""] = await missed();
  stack.sandbox.setWebhookUrl(home);
  const before = { stored: await stored(stack), doneUntil: (await errand())?.done_until };
  stack.sandbox.faults.add(fault);
  await expect(ask()).rejects.toMatchObject({ name: "ProviderFailure" });
  expect(await stored(stack)).toEqual(before.stored);
  expect(await errand()).toMatchObject({ lease_id: null, done_until: before.doneUntil });
  expect(await askIfDue()).toBe(false);
  expect(await ask()).toBe(true);
  expect(await outcomeOf(stack, id)).toMatchObject({ state: "handled" });
});

test("one that GitHub does not send again is left, and keeps no other back", async () => {
  const ids = await missed(2);
  stack.sandbox.setWebhookUrl(home);
  stack.sandbox.faults.add({ match: again, respond: { status: 422, body: { message: "no" } } });
  await ask();
  expect(await outcomeOf(stack, ids[1] ?? "")).toMatchObject({ state: "handled" });
  expect(await deliveryRow(stack, ids[0] ?? "")).toBeUndefined();
});

test("an app without a webhook has none", async () => {
  stack.sandbox.faults.add({ match: list, respond: { status: 404, body: { message: "Not Found" } } });
  expect(await ask()).toBe(true);
});

test("ids beyond what a JavaScript number holds are kept exactly", async () => {
  const long = "3804004623172239366";
  const at = new Date().toISOString();
  const body = `[{"id":${long},"guid":"${randomUUID()}","delivered_at":"${at}","status_code":0}]`;
  stack.sandbox.faults.add({
    match: list,
    respond: { status: 200, body, headers: { "content-type": "application/json" } },
  });
  await ask();
  expect(stack.deliveryRequests().at(-1)?.path).toContain(`/${long}/attempts`);
});
