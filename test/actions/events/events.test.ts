import { randomBytes, randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { revokeBot } from "../../../src/actions/bots/revoke-bot.ts";
import { endDelegation } from "../../../src/actions/delegations/end-delegation.ts";
import { readConfig } from "../../../src/config/read-config.ts";
import { createKeyring } from "../../../src/crypto/keyring.ts";
import { eraseAccount } from "../../../src/store/accounts/end-account.ts";
import { storeRefreshedPair } from "../../../src/store/accounts/lease.ts";
import { storeConnectedAccount } from "../../../src/store/accounts/store-connected.ts";
import { endExpiredDelegations } from "../../../src/store/delegations.ts";
import { removeOldEvents } from "../../../src/store/events/events.ts";
import { retryEvents } from "../../../src/store/events/unsent-events.ts";
import { emptyFolder, onbehalf } from "../../cli/onbehalf.ts";
import { type EventReceiver, openEventReceiver, type Received } from "../../harness/event-receiver.ts";
import { dumpDatabase, findLeaks } from "../../harness/leak-search.ts";
import { type Committer, committer } from "../../harness/people.ts";
import { startReplicaProcess } from "../../harness/replica-process.ts";
import { type Stack, startStack } from "../../harness/stack.ts";
import { age, connectSomebody, storedAccount } from "../../harness/stored-account.ts";

const [secret, nextSecret] = [1, 2].map(() => `whsec_${randomBytes(32).toString("base64")}`);

/** Without a receiver. */
const off = { EVENTS_URL: "", EVENTS_SECRET: "" };

let receiver: EventReceiver;
let stack: Stack;
let host: { key: string };
beforeAll(async () => {
  receiver = await openEventReceiver(secret ?? "");
  stack = await startStack({
    environment: { EVENTS_URL: receiver.url, EVENTS_SECRET: `${secret} ${nextSecret}`, ADMIN_USERS: "gh.583231" },
  });
  host = await stack.bot("host", "platform");
});
afterEach(() => {
  receiver.answer = () => ({ status: 204 });
  receiver.secret = secret ?? "";
});
afterAll(async () => {
  await stack.stop();
  await receiver.close();
});

/** What the receiver was told about a user. */
const toldOf = (userId: string): Received[] => receiver.received.filter(({ event }) => event.data.user_id === userId);
const typesOf = (userId: string) => toldOf(userId).map(({ event }) => `${event.type} ${event.data.reason}`);

async function queued(): Promise<Record<string, unknown>[]> {
  const { rows } = await stack.database.query({ text: "SELECT * FROM events ORDER BY sequence" });
  return rows;
}

/** Nothing is left to send. */
const allSent = () => vi.waitFor(async () => expect(await queued()).toEqual([]), 20_000);

/** The time of the next try has come. */
const due = () => retryEvents(stack.database, null);

const disconnect = (userId: string) =>
  stack.call("DELETE", `/api/v1/users/${userId}/accounts/github`, { key: host.key });

/** What the receiver is told from now on, once all is sent. */
async function toldBy(userId: string, change: () => Promise<unknown>): Promise<Received["event"][]> {
  const before = toldOf(userId).length;
  await change();
  await allSent();
  return toldOf(userId)
    .slice(before)
    .map(({ event }) => event);
}

describe("each change is told once", () => {
  let person: Committer;
  beforeAll(async () => {
    person = await committer(stack);
    await stack.database.query({
      text: "UPDATE users SET external_id = 'crm/7' WHERE id = $1",
      values: [person.userId],
    });
  });
  beforeEach(async () => {
    await stack.connect(person.login, person.browser);
    await allSent();
  });
  const tokens = (scopes: string[]) => ({
    accessToken: "access",
    refreshToken: "refresh",
    accessExpiresIn: 3600,
    refreshExpiresIn: null,
    scopes,
  });
  const keyring = () => createKeyring(readConfig(stack.environment).encryptionKeys);
  type LiveState = "active" | "limited";
  const keep = async (state: LiveState, scopes: string[]) =>
    storeConnectedAccount({ keyring: keyring() }, stack.database, {
      ...(await storedAccount(stack, person.userId)),
      state,
      pair: tokens(scopes),
    });
  const renew = async (state: LiveState, scopes: string[]) => {
    const account = await storedAccount(stack, person.userId);
    const deps = { database: stack.database, keyring: keyring() };
    expect(await storeRefreshedPair(deps, account, { ...tokens(scopes), state })).toBe(true);
  };
  const submit = async (path: string, form: string) =>
    person.browser.submit(await person.browser.open(`${stack.url}${path}`), form);

  test("the first connect, and the one after an end; not signing in, connecting again, or a refresh", async () => {
    const { userId } = person;
    expect(toldOf(userId)[0]?.event).toMatchObject({ type: "account.connected", data: { external_id: null } });
    const told = await toldBy(userId, async () => {
      await stack.signIn(person.login);
      await stack.connect(person.login, person.browser);
      await age(stack, userId, "expired");
      expect((await person.commit()).status).toBe(201);
    });
    expect(told).toEqual([]);
    await toldBy(userId, () => disconnect(userId));
    expect(await toldBy(userId, () => stack.connect(person.login, person.browser))).toMatchObject([
      { type: "account.connected", data: { state: "active", reason: null } },
    ]);
  });

  test.each<[what: string, type: string, reason: string, change: () => Promise<unknown>]>([
    ["the person disconnects", "account.disconnected", "user_revoked", () => submit("/accounts", "Disconnect")],
    ["the platform disconnects", "account.disconnected", "admin", () => disconnect(person.userId)],
    [
      "the person ends it at the provider",
      "account.revoked",
      "user_revoked",
      () => stack.sandbox.revokeGrant(person.login).then(() => stack.sandbox.settled()),
    ],
    [
      "the provider refuses a refresh",
      "account.reconnect_needed",
      "refresh_failed",
      async () => {
        await stack.sandbox.revokeGrant(person.login, { deliver: false });
        await age(stack, person.userId, "expired");
        expect(await person.commit()).toMatchObject({ status: 403, body: { code: "account_revoked" } });
      },
    ],
    [
      "the provider tells of another end",
      "account.revoked",
      "provider_event",
      async () => eraseAccount(stack.database, await storedAccount(stack, person.userId), "provider_event"),
    ],
    [
      "an admin revokes it",
      "account.revoked",
      "admin",
      async () => {
        const { browser } = await stack.signIn("ada");
        const page = await browser.open(`${stack.url}/admin/accounts?q=${person.login}`);
        await browser.submit(page, "Revoke");
      },
    ],
  ])("%s: %s", async (_what, type, reason, change) => {
    const before = await storedAccount(stack, person.userId);
    const told = await toldBy(person.userId, async () => {
      await change();
      await vi.waitFor(async () => expect((await storedAccount(stack, person.userId)).state).toBe("revoked"), 10_000);
    });
    expect(told).toEqual([
      {
        type,
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        data: {
          event_id: toldOf(person.userId).at(-1)?.id,
          sequence: expect.any(Number),
          user_id: person.userId,
          external_id: "crm/7",
          provider: "github",
          account_id: before.id,
          state: "revoked",
          reason,
        },
      },
    ]);
  });

  test("an account that lacks a scope, and has it again, or other ones", async () => {
    const told = async (change: () => Promise<unknown>) =>
      (await toldBy(person.userId, change)).map(({ type, data }) => [type, data.state, data.reason]);
    const limited = ["account.limited", "limited", "missing_scopes"];
    const connected = ["account.connected", "active", null];
    expect(await told(() => keep("limited", ["a"]))).toEqual([limited]);
    expect(await told(() => renew("limited", ["a"]))).toEqual([]);
    expect(await told(() => keep("active", ["a", "b"]))).toEqual([connected]);
    expect(await told(() => renew("active", ["b", "a"]))).toEqual([]);
    expect(await told(() => renew("limited", ["a"]))).toEqual([limited]);
    expect(await told(() => renew("active", ["a", "b"]))).toEqual([connected]);
    expect(await told(() => keep("active", ["a", "b", "c"]))).toEqual([connected]);
    await toldBy(person.userId, () => disconnect(person.userId));
    expect(await told(() => keep("limited", ["a"]))).toEqual([limited]);
    await toldBy(person.userId, () => disconnect(person.userId));
  });

  test("a pending account: nothing until it is one, and nothing of one that never was", async () => {
    await toldBy(person.userId, () => disconnect(person.userId));
    const pending = (state: string) =>
      stack.database.query({
        text: `UPDATE user_external_accounts SET state = $2, access_token = '', key_id = 'k1' WHERE user_id = $1`,
        values: [person.userId, state],
      });
    const gone = async () =>
      eraseAccount(stack.database, await storedAccount(stack, person.userId), "admin", "platform");
    expect(await toldBy(person.userId, () => pending("pending"))).toEqual([]);
    expect(await toldBy(person.userId, gone)).toEqual([]);
    await pending("pending");
    expect(await toldBy(person.userId, () => pending("active"))).toMatchObject([{ type: "account.connected" }]);
    await toldBy(person.userId, gone);
  });

  test("each way in which a permission ends", async () => {
    const { id: botId, name } = await stack.bot(`ends-${randomUUID().slice(0, 8)}`);
    const grant = () => stack.delegate(person.userId, name, ["acme/site"]);
    const ended = async (reason: string, end: (id: string) => Promise<unknown>, id?: string) => {
      const delegation = id ?? (await grant());
      const told = await toldBy(person.userId, () => end(delegation));
      expect(told.map(({ type, data }) => ({ type, ...data }))).toEqual([
        {
          type: "delegation.ended",
          event_id: expect.any(String),
          sequence: expect.any(Number),
          user_id: person.userId,
          external_id: "crm/7",
          provider: "github",
          delegation_id: delegation,
          bot_id: botId,
          reason,
        },
      ]);
    };
    await ended("user", (id) => endDelegation(stack, { id, userId: person.userId }));
    await ended("operator", (id) => endDelegation(stack, { id }));
    const runOut = await grant();
    await stack.database.query({ text: "UPDATE delegations SET ends_at = now() WHERE id = $1", values: [runOut] });
    await ended("expired", () => endExpiredDelegations(stack.database), runOut);
    await ended("bot_revoked", () => revokeBot(stack, name));
    expect(await toldBy(person.userId, () => endDelegation(stack, { id: randomUUID() }))).toEqual([]);
  });
});

test("a deactivation and an erasure are told with the ids alone, and nothing of them stays", async () => {
  const gone = await committer(stack);
  await stack.database.query({ text: "UPDATE users SET external_id = 'crm/8' WHERE id = $1", values: [gone.userId] });
  await allSent();
  const told = await toldBy(gone.userId, () => stack.call("DELETE", `/api/v1/users/${gone.userId}`, { key: host.key }));
  expect(told.map(({ type, data }) => [type, data.reason, data.external_id]).sort()).toEqual([
    ["account.disconnected", "admin", "crm/8"],
    ["delegation.ended", "user_deactivated", "crm/8"],
  ]);
  const dump = await dumpDatabase(stack.databaseUrl);
  expect(
    findLeaks(
      dump.filter(({ place }) => place.includes("events")),
      ["crm/8", gone.login],
    ),
  ).toEqual([]);
});

test("what a command changes is told, too, although it knows of no receiver", async () => {
  const person = await committer(stack);
  await allSent();
  const folder = await emptyFolder();
  const { DATABASE_URL, ENCRYPTION_KEYS } = stack.environment;
  const told = await toldBy(person.userId, async () => {
    const args = ["users", "deactivate", `gh.${person.id}`];
    expect(await onbehalf(args, { cwd: folder, env: { DATABASE_URL, ENCRYPTION_KEYS } })).toMatchObject({ code: 0 });
  });
  await rm(folder, { recursive: true });
  expect(told.map(({ type, data }) => [type, data.reason]).sort()).toEqual([
    ["account.revoked", "admin"],
    ["delegation.ended", "user_deactivated"],
  ]);
});

test("what is rolled back is not told", async () => {
  const { userId } = await connectSomebody(stack);
  await allSent();
  const account = await storedAccount(stack, userId);
  const undone = stack.database.transaction(async (transaction) => {
    expect(await eraseAccount(transaction, account, "provider_event")).toBe(true);
    throw new Error("the transaction fails");
  });
  await expect(undone).rejects.toThrow("the transaction fails");
  expect(await queued()).toEqual([]);
  expect(typesOf(userId)).toEqual(["account.connected null"]);
});

describe("sending", () => {
  test("is signed with each secret, so that a receiver can change to the next one, and refused by any other", async () => {
    const { userId } = await connectSomebody(stack);
    await allSent();
    receiver.secret = nextSecret ?? "";
    await disconnect(userId);
    await allSent();
    expect(toldOf(userId).map(({ verified }) => verified)).toEqual([true, true]);
    const [first] = toldOf(userId);
    expect(first?.headers["webhook-signature"]).toMatch(/^v1,\S+ v1,\S+$/);
    expect(first?.headers["content-type"]).toBe("application/json");
    expect(first?.headers["webhook-id"]).toBe(first?.event.data.event_id);

    receiver.secret = `whsec_${randomBytes(32).toString("base64")}`;
    const other = await connectSomebody(stack);
    await vi.waitFor(async () => expect(await queued()).toMatchObject([{ last_error: "http_401", attempts: 1 }]));
    receiver.secret = secret ?? "";
    await due();
    await allSent();
    expect(toldOf(other.userId).map(({ verified }) => verified)).toEqual([false, true]);
  });

  test("what the receiver does not take is sent again, the same under the same id, less and less often", async () => {
    let answers = 0;
    const failures = [
      { status: 500, body: "x".repeat(100_000) },
      { status: 302, headers: { location: `${receiver.url}elsewhere` } },
      null,
    ];
    receiver.answer = () => failures[answers++ % 3] ?? null;
    const { userId } = await connectSomebody(stack);
    const seen = async (attempts: number) => {
      await vi.waitFor(async () => {
        expect(await queued()).toMatchObject([{ attempts }]);
        expect((await queued())[0]?.last_error).toBe(["http_500", "http_302", "unreachable"][(attempts - 1) % 3]);
      }, 10_000);
    };
    for (let attempt = 1; attempt < 10; attempt++) {
      await seen(attempt);
      expect(await queued()).toMatchObject([{ failed_at: null }]);
      await due();
    }
    await seen(10);
    await vi.waitFor(async () => expect(await queued()).toMatchObject([{ failed_at: expect.any(Date) }]));
    expect(new Set(toldOf(userId).map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    expect(toldOf(userId)).toHaveLength(10);
    const lines = stack.log
      .filter((line) => line.includes(String(toldOf(userId)[0]?.id)))
      .map((line) => JSON.parse(line));
    const pauses = lines.flatMap(({ again_in: seconds }) => seconds ?? []);
    expect(pauses).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(lines.at(-1)).toMatchObject({ level: 50, why: "http_500" });
    expect(new Set(receiver.received.map(({ path }) => path))).toEqual(new Set([new URL(receiver.url).pathname]));

    await stack.database.query({ text: "UPDATE events SET failed_at = failed_at - interval '8 days'" });
    await removeOldEvents(stack.database);
    expect(await queued()).toEqual([]);
  });

  test("a receiver that is gone for good is asked no more", async () => {
    receiver.answer = () => ({ status: 410 });
    const { userId } = await connectSomebody(stack);
    await vi.waitFor(async () =>
      expect(await queued()).toMatchObject([{ attempts: 1, failed_at: expect.any(Date), last_error: "http_410" }]),
    );
    const errors = () => stack.log.map((line) => JSON.parse(line)).filter(({ level }) => level === 50);
    await vi.waitFor(() => expect(errors()).toContainEqual(expect.objectContaining({ why: "http_410" })));
    await stack.database.query({ text: "DELETE FROM events WHERE user_id = $1", values: [userId] });
  });

  test("a process that dies before the receiver has answered: another one sends the event, under its id", async () => {
    await stack.restart(off);
    const doomed = await startReplicaProcess(stack);
    receiver.answer = async () => {
      await doomed.kill();
      return null;
    };
    const { userId } = await connectSomebody(stack); // at a process that has nobody to tell
    await doomed.ended;
    await vi.waitFor(async () => expect(await queued()).toMatchObject([{ attempts: 1, last_error: null }]));
    receiver.answer = () => ({ status: 204 });
    const { name } = await stack.bot("out-of-time");
    const delegation = await stack.delegate(userId, name, ["acme/site"]);
    await stack.database.query({ text: "UPDATE delegations SET ends_at = now() WHERE id = $1", values: [delegation] });
    await stack.restart({});
    await due();
    await vi.waitFor(() => expect(typesOf(userId)).toContain("delegation.ended expired"), 20_000);
    await allSent();
    const sent = toldOf(userId).filter(({ event }) => event.type === "account.connected");
    expect(sent).toHaveLength(2);
    expect(sent[1]).toMatchObject({ id: sent[0]?.id, body: sent[0]?.body });
  });

  test("two replicas send each event once", async () => {
    const other = await stack.replica();
    const { userId } = await connectSomebody(stack);
    const { name } = await stack.bot("much-ended");
    for (let count = 0; count < 40; count++) await stack.delegate(userId, name, [`acme/site-${count}`]);
    const told = await toldBy(userId, () => revokeBot(stack, name));
    expect(told.filter(({ type }) => type === "delegation.ended")).toHaveLength(40);
    expect(new Set(told.map(({ data }) => data.event_id)).size).toBe(told.length);
    await other.stop();
  });
});

test("the events of an account are numbered in the order of its changes", async () => {
  const { login, userId } = await connectSomebody(stack);
  const { browser } = await stack.signIn(login);
  for (let round = 0; round < 3; round++) {
    await disconnect(userId);
    await stack.connect(login, browser);
  }
  await allSent();
  const inOrder = toldOf(userId).sort((a, b) => Number(a.event.data.sequence) - Number(b.event.data.sequence));
  const [ended, begun] = ["account.disconnected", "account.connected"];
  expect(inOrder.map(({ event }) => event.type)).toEqual([begun, ended, begun, ended, begun, ended, begun]);
});

test("no token and nothing personal is in what was sent", async () => {
  const person = await committer(stack);
  await age(stack, person.userId, "expired");
  await person.commit();
  await disconnect(person.userId);
  await allSent();
  expect(typesOf(person.userId)).toHaveLength(2);
  const places = receiver.received.map(({ body, headers }) => ({
    place: "an event",
    text: body + JSON.stringify(headers),
  }));
  const secrets = [secret, nextSecret, host.key, person.key, stack.environment.ENCRYPTION_KEYS].map(String);
  const personal = ["@example.com", "person-", "Person ", "@users.noreply"];
  expect(findLeaks(places, [...stack.sandbox.issuedTokens(), ...secrets, ...personal])).toEqual([]);
  expect(stack.log.join("\n")).not.toContain(String(secret).slice(8, 30));
});

test("without a receiver nothing is written", async () => {
  await stack.restart(off);
  const before = receiver.received.length;
  const { userId } = await connectSomebody(stack);
  await disconnect(userId);
  expect(await queued()).toEqual([]);
  expect(receiver.received.length).toBe(before);

  await stack.database.query({
    text: `INSERT INTO events (type, user_id, provider, account_id, next_attempt_at)
      SELECT 'account.connected', $1, 'github', $1, now() - days * interval '1 day' FROM unnest('{6, 8}'::int[]) AS days`,
    values: [userId],
  });
  await removeOldEvents(stack.database);
  expect(await queued()).toHaveLength(1);
  await stack.restart({});
});
