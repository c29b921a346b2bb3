import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { removeLeftMirrors } from "../../src/actions/repositories/remove-left-mirrors.ts";
import { endSyncLease } from "../../src/store/sync-leases.ts";
import { allHandled } from "../harness/deliveries.ts";
import { type Mirrored, refsIn, register } from "../harness/mirrored.ts";
import { type Committer, committer } from "../harness/people.ts";
import { openReplica } from "../harness/replica.ts";
import { lastAudit, rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;
let person: Committer;

beforeAll(async () => {
  await stack.replica();
  ({ key } = await stack.bot("host", "platform"));
  person = await committer(stack);
});
afterEach(() => stack.sandbox.faults.clear());

/** A person's own repository, synced as them. */
const registered = (who: Committer, more: object = {}) =>
  register(stack, key, { repository: who.repository, synced_by: `gh.${who.id}`, ...more });
const originOf = (who: Committer) => refsIn(stack.sandbox.repository(who.repository).path);
const slowly = (times: number) =>
  stack.sandbox.faults.add({ match: { path: /git-upload-pack$/ }, times, delayMs: 400 });

async function syncEvents(after: number, repository: string): Promise<Record<string, unknown>[]> {
  const events = await rowsOf(stack, "audit_events");
  return events.filter(
    (event) => Number(event.id) > after && event.action === "sync" && event.repository === repository,
  );
}

/** Whether two runs went on at the same time. */
async function overlapping(mirrored: Mirrored): Promise<boolean> {
  const runs = (await rowsOf(stack, "syncs")).filter(({ repository_id }) => repository_id === mirrored.id);
  const spans = runs.map((run) => [String(run.started_at), String(run.finished_at)] as const).sort();
  return spans.some(([begins], index) => index > 0 && begins < (spans[index - 1]?.[1] ?? ""));
}

test("a repository is mirrored as the user whom the platform names, and each run and the audit log say so", async () => {
  const before = await lastAudit(stack);
  const { status, body } = await stack.call("PUT", "/api/v1/repositories", {
    key,
    body: { repository: person.repository.toUpperCase(), synced_by: person.userId, every: 3600 },
  });
  const number = expect.any(Number);
  const item = { provider: "github", number, repository: person.repository, synced_by: person.userId, every: 3600 };
  expect({ status, body }).toMatchObject({ status: 201, body: item });
  const mirrored = await registered(person, { every: 600 });
  expect(mirrored.id).toBe(body.id);
  const run = await mirrored.settled();
  expect(run).toMatchObject({
    attribution: "user",
    user_id: person.userId,
    login: person.login,
    provider_uid: String(person.id),
    fallback_reason: null,
    result: "succeeded",
    code: null,
    duration_ms: expect.any(Number),
  });
  expect(mirrored.refs()).toEqual(originOf(person));
  expect((await syncEvents(before, person.repository)).at(-1)).toMatchObject({
    actor: "system",
    result: "succeeded",
    user_id: person.userId,
    attribution: "user",
    detail: { repository_id: mirrored.id, reason: "request" },
  });
  const { body: listed } = await stack.call("GET", "/api/v1/repositories?limit=1", { key });
  expect(listed).toEqual({ items: [{ ...body, every: 600, next_sync_at: expect.any(String) }] });
});

test("a push has it synced, and pushes during a run lead to one more", async () => {
  const mirrored = await registered(person);
  await mirrored.settled();
  const before = (await mirrored.runs()).length;
  slowly(1);
  await person.commit();
  await expect.poll(async () => (await mirrored.runs())[0]?.result, { timeout: 10_000 }).toBe("started");
  for (let n = 0; n < 3; n++) await person.commit();
  await allHandled(stack);
  await mirrored.settled();
  expect(mirrored.refs()).toEqual(originOf(person));
  const since = (await mirrored.runs()).slice(0, -before);
  expect(since.map(({ reason, result }) => ({ reason, result }))).toEqual([
    { reason: "push", result: "succeeded" },
    { reason: "push", result: "succeeded" },
  ]);
});

test("a push to another repository, also one of the same name, changes nothing", async () => {
  const mirrored = await registered(person);
  await mirrored.settled();
  const before = await mirrored.runs();
  await stack.sandbox.deliver("push", { repository: { id: 1, full_name: person.repository } });
  await allHandled(stack);
  expect(await mirrored.settled()).toEqual(before[0]);
});

test("two replicas never sync a repository at the same time, however often it is asked for", async () => {
  const mirrored = await registered(person);
  slowly(100);
  for (let n = 0; n < 3; n++) {
    await mirrored.sync();
    await stack.call("POST", `/api/v1/repositories/${mirrored.id}/sync`, { key });
  }
  expect((await mirrored.settled()).result).toBe("succeeded");
  expect(await overlapping(mirrored)).toBe(false);
});

test("it is synced on its schedule", async () => {
  const mirrored = await registered(person, { every: 300 });
  await mirrored.settled();
  await stack.database.query({
    text: `WITH due AS (UPDATE repositories SET next_sync_at = now() WHERE id = $1 RETURNING id)
      SELECT pg_notify('onbehalf_accounts', 'repositories') FROM due`,
    values: [mirrored.id],
  });
  expect(await mirrored.settled()).toMatchObject({ reason: "schedule", result: "succeeded" });
  const row = (await rowsOf(stack, "repositories")).find(({ id }) => id === mirrored.id);
  const next = new Date(String(row?.next_sync_at)).getTime() - Date.now();
  expect(Math.abs(next - 300_000)).toBeLessThan(60_000);
});

test("a token that GitHub does not accept any more is renewed, and the run stays the person's", async () => {
  const mirrored = await registered(person);
  await mirrored.settled();
  stack.sandbox.expireAccessToken(person.login);
  expect(await mirrored.sync()).toMatchObject({ attribution: "user", fallback_reason: null, result: "succeeded" });
});

test("one that only git refuses is asked about, and then the app takes over with that reason", async () => {
  const mirrored = await registered(person);
  await mirrored.settled();
  const headers = { "www-authenticate": "Basic" };
  stack.sandbox.faults.add({
    match: { path: /info\/refs$/, login: person.login },
    times: 2,
    respond: { status: 401, headers },
  });
  expect(await mirrored.sync()).toMatchObject({
    attribution: "app",
    user_id: null,
    login: null,
    fallback_reason: "provider_rejected",
    result: "succeeded",
  });
});

test("what passes by itself is tried again later, and not as somebody else", async () => {
  const mirrored = await registered(person);
  await mirrored.settled();
  stack.sandbox.faults.add({ match: { path: /info\/refs$/ }, times: 5, respond: { status: 503 } });
  const failed = await mirrored.sync();
  expect(failed).toMatchObject({ attribution: "user", result: "failed", code: "provider_unavailable" });
  const row = (await rowsOf(stack, "repositories")).find(({ id }) => id === mirrored.id);
  expect(row).toMatchObject({ wanted_by: "retry", failure_count: 1, next_sync_at: expect.any(String) });
  stack.sandbox.faults.clear();
  expect(await mirrored.sync()).toMatchObject({ result: "succeeded" });
});

test("a repository that was renamed is followed by its number, and whoever takes its name is not", async () => {
  const mover = await committer(stack);
  const mirrored = await registered(mover);
  await mirrored.settled();
  const own = mirrored.refs();
  stack.sandbox.renameRepository(mover.repository, `${mover.login}/moved`);
  await stack.sandbox.addRepository(mover.repository, { files: { "other.txt": "another" } });
  expect(await mirrored.sync()).toMatchObject({ attribution: "user", result: "succeeded" });
  expect(mirrored.refs()).toEqual(own);
  const { body } = await stack.call("GET", "/api/v1/repositories", { key });
  expect(body.items).toContainEqual(expect.objectContaining({ id: mirrored.id, repository: `${mover.login}/moved` }));
});

describe("when the user's authorisation ends", () => {
  test("by a disconnect, the app takes over and says why", async () => {
    const leaver = await committer(stack);
    const mirrored = await registered(leaver);
    await mirrored.settled();
    await leaver.browser.submit(await leaver.browser.open(`${stack.url}/accounts`), "Disconnect");
    const before = await lastAudit(stack);
    expect(await mirrored.sync()).toMatchObject({
      attribution: "app",
      user_id: null,
      fallback_reason: "account_revoked",
      result: "succeeded",
    });
    expect((await syncEvents(before, leaver.repository)).at(-1)).toMatchObject({ attribution: "app", user_id: null });
  });

  test("in the middle of a run, that run ends", async () => {
    const leaver = await committer(stack);
    const mirrored = await registered(leaver);
    await mirrored.settled();
    const { login } = leaver;
    stack.sandbox.faults.add({ match: { path: /git-upload-pack$/, login }, delayMs: 30_000 });
    await stack.call("POST", `/api/v1/repositories/${mirrored.id}/sync`, { key });
    const waiting = () =>
      stack.sandbox.requests.some(
        ({ path, as, status }) => /git-upload-pack$/.test(path) && as === login && status === 0,
      );
    await expect.poll(waiting, { timeout: 10_000 }).toBe(true);
    await leaver.browser.submit(await leaver.browser.open(`${stack.url}/accounts`), "Disconnect");
    const last = await mirrored.settled();
    expect(last).toMatchObject({ attribution: "app", fallback_reason: "account_revoked", result: "succeeded" });
    const [, interrupted] = await mirrored.runs();
    expect(interrupted).toMatchObject({ attribution: "user", result: "failed", code: "interrupted" });
  });

  test("by a deactivation, nothing is synced as them any more, also when they come back", async () => {
    const leaver = await committer(stack);
    const mirrored = await registered(leaver);
    await mirrored.settled();
    await stack.call("POST", `/api/v1/users/${leaver.userId}/deactivate`, { key });
    const fallback = { attribution: "app", user_id: null, fallback_reason: "user_not_found", result: "succeeded" };
    expect(await mirrored.sync()).toMatchObject(fallback);
    const { body } = await stack.call("GET", "/api/v1/repositories", { key });
    expect(body.items).toContainEqual(expect.objectContaining({ id: mirrored.id, synced_by: null }));
  });

  test("by an erasure, their own repositories are forgotten, and others are synced as the app", async () => {
    const leaver = await committer(stack);
    const own = await registered(leaver);
    const others = await committer(stack);
    stack.sandbox.updateRepository(others.repository, { collaborators: { [leaver.login]: "read" } });
    const shared = await register(stack, key, { repository: others.repository, synced_by: leaver.userId });
    await Promise.all([own.settled(), shared.settled()]);
    await stack.call("DELETE", `/api/v1/users/${leaver.userId}`, { key });
    expect((await stack.call("GET", `/api/v1/repositories/${own.id}/syncs`, { key })).status).toBe(404);
    expect(await shared.sync()).toMatchObject({ attribution: "app", fallback_reason: "user_not_found" });
    const replica = await openReplica(stack);
    await removeLeftMirrors(replica.services);
    await replica.close();
    expect([existsSync(own.path), existsSync(shared.path)]).toEqual([false, true]);
  });
});

test("without a user it is synced as the app, and without an installation it is told which code", async () => {
  const owner = await committer(stack);
  const mirrored = await register(stack, key, { repository: owner.repository });
  expect(await mirrored.settled()).toMatchObject({ attribution: "app", fallback_reason: null, result: "succeeded" });
  stack.sandbox.setInstallation(owner.login, null);
  expect(await mirrored.sync()).toMatchObject({ attribution: "app", result: "failed", code: "app_not_installed" });
});

test("where GitHub tells no installation by a repository's number, the name leads to it and the number counts", async () => {
  const owner = await committer(stack);
  const mirrored = await register(stack, key, { repository: owner.repository });
  await mirrored.settled();
  const byNumber = () =>
    stack.sandbox.faults.add({ match: { method: "GET", path: /installation$/ }, respond: { status: 404, body: {} } });
  byNumber();
  expect(await mirrored.sync()).toMatchObject({ attribution: "app", result: "succeeded" });
  const own = mirrored.refs();
  stack.sandbox.renameRepository(owner.repository, `${owner.login}/moved`);
  await stack.sandbox.addRepository(owner.repository, { files: { "other.txt": "another" } });
  byNumber();
  expect(await mirrored.sync()).toMatchObject({ result: "succeeded" });
  expect(mirrored.refs()).toEqual(own);
});

test("what a process that died had begun is begun anew", async () => {
  const mirrored = await registered(person);
  await mirrored.settled();
  const claim = { id: mirrored.id, leaseId: randomUUID() };
  await stack.database.query({
    text: `WITH lost AS (UPDATE repositories SET lease_id = $2, lease_until = clock_timestamp() - interval '1 s'
        WHERE id = $1 RETURNING id)
      SELECT pg_notify('onbehalf_accounts', 'repositories') FROM lost`,
    values: [claim.id, claim.leaseId],
  });
  expect(await mirrored.settled()).toMatchObject({ reason: "retry", code: null, result: "succeeded" });
  await endSyncLease(stack.database, claim, { kind: "handed over" });
  const row = (await rowsOf(stack, "repositories")).find(({ id }) => id === mirrored.id);
  expect(row?.next_sync_at).toBeNull();
});

test("a repository that is removed goes with its runs and its mirror", async () => {
  const mirrored = await register(stack, key, { repository: "ada/notes" });
  await mirrored.settled();
  expect(existsSync(mirrored.path)).toBe(true);
  const path = `/api/v1/repositories/${mirrored.id}`;
  expect((await stack.call("DELETE", path, { key })).status).toBe(204);
  expect(existsSync(mirrored.path)).toBe(false);
  for (const [method, address] of [
    ["DELETE", path],
    ["POST", `${path}/sync`],
    ["GET", `${path}/syncs`],
  ] as const) {
    expect(await stack.call(method, address, { key })).toMatchObject({ status: 404, body: { code: "not_found" } });
  }
});

describe("a request that can't be done changes nothing", () => {
  const site = { repository: "acme/site" };
  test.each([
    ["a misspelt field", { ...site, syncedby: "x" }, 400, "unknown_field"],
    ["no repository", {}, 400, "bad_request"],
    ["a name that is none", { repository: "--upload-pack=x/.." }, 400, "bad_request"],
    ["a repository that the app can't see", { repository: "acme/nothing" }, 404, "repository_not_found"],
    ["a repository where the app is not installed", { repository: "grace/private" }, 403, "app_not_installed"],
    ["a user by login", { ...site, synced_by: "@ada" }, 400, "bad_request"],
    ["a user whom nobody knows", { ...site, synced_by: "gh.1" }, 404, "user_not_found"],
    ["every minute", { ...site, every: 60 }, 400, "bad_request"],
    ["every half", { ...site, every: 300.5 }, 400, "bad_request"],
  ])("%s", async (_what, body, status, code) => {
    const before = await rowsOf(stack, "repositories");
    expect(await stack.call("PUT", "/api/v1/repositories", { key, body })).toMatchObject({ status, body: { code } });
    expect((await rowsOf(stack, "repositories")).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });

  test("a user who can't see it does not register it", async () => {
    const body = { repository: "acme/secret", synced_by: person.userId };
    const answer = await stack.call("PUT", "/api/v1/repositories", { key, body });
    expect(answer).toMatchObject({ status: 404, body: { code: "repository_not_found" } });
  });

  test("a bot's key, or none", async () => {
    for (const [method, path] of [
      ["PUT", ""],
      ["GET", ""],
      ["DELETE", `/${randomUUID()}`],
      ["POST", `/${randomUUID()}/sync`],
      ["GET", `/${randomUUID()}/syncs`],
    ] as const) {
      const body = method === "PUT" ? { body: site } : {};
      const call = (more: object) => stack.call(method, `/api/v1/repositories${path}`, { ...body, ...more });
      expect(await call({ key: person.key })).toMatchObject({ status: 403, body: { code: "key_kind" } });
      expect(await call({})).toMatchObject({ status: 401, body: { code: "key_missing" } });
    }
  });
});
