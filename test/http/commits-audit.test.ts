import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gate, openGate } from "../harness/gate.ts";
import { sent } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let gate: Gate;
let key: string;
let botId: string;
let userId: string;
let commit: (change?: Record<string, unknown>) => Promise<ApiAnswer>;

beforeAll(async () => {
  ({ userId } = await stack.connect("ada"));
  ({ key, id: botId } = await stack.bot("deploy-bot"));
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
  gate = await openGate(stack.sandbox);
  const { url } = await stack.replica({ GITHUB_API_URL: gate.apiUrl });
  commit = (change) => stack.commit(key, change, { url });
});
afterEach(() => {
  gate.clear();
  stack.sandbox.faults.clear();
});
afterAll(() => gate.close());

async function lastEvent(): Promise<Record<string, unknown>> {
  const { rows } = await stack.database.query<Record<string, unknown>>({
    text: "SELECT * FROM audit_events WHERE action = 'commit' ORDER BY id DESC LIMIT 1",
  });
  return rows[0] ?? {};
}
const events = async () => {
  const { rows } = await stack.database.query<{ id: string }>({ text: "SELECT id FROM audit_events ORDER BY id" });
  return rows.map(({ id }) => id);
};

test("an event stands as started before anything is sent, and ends with the commit's id", async () => {
  const before = await events();
  let meanwhile: Record<string, unknown> = {};
  let already = -1;
  const asked = sent(stack);
  gate.before("repository(", async () => {
    meanwhile = await lastEvent();
    already = sent(stack) - asked;
  });
  const answer = await commit({ branch: "main", run_url: "https://ci.example/runs/1?attempt=2" });
  expect(answer.status).toBe(201);
  expect(already).toBe(0);
  const { rows } = await stack.database.query<{ id: string }>({
    text: "SELECT id FROM identities WHERE login = 'ada'",
  });
  const what = {
    action: "commit",
    actor: "bot",
    user_id: userId,
    bot_id: botId,
    identity_id: rows[0]?.id,
    provider: "github",
    repository: "acme/site",
    branch: "main",
    attribution: "user",
    run_url: "https://ci.example/runs/1?attempt=2",
    request_id: answer.headers.get("x-request-id"),
    code: null,
  };
  expect(meanwhile).toMatchObject({ ...what, result: "started", completed_at: null });
  const after = await lastEvent();
  expect(after).toMatchObject({ ...what, id: meanwhile.id, result: "succeeded", completed_at: expect.any(Date) });
  expect(after.detail).toMatchObject({ oid: answer.body.oid });
  expect(await events()).toEqual([...before, meanwhile.id]);
});

test("an event of what failed ends with the code that the caller was given", async () => {
  let meanwhile: Record<string, unknown> = {};
  gate.before("createCommitOnBranch", async () => {
    meanwhile = await lastEvent();
  });
  const answer = await commit({ changes: [{ path: "not/there", delete: true }] });
  expectProblem(answer, 422, "path_missing");
  expect(meanwhile).toMatchObject({ result: "started", completed_at: null });
  expect(await lastEvent()).toMatchObject({
    id: meanwhile.id,
    result: "failed",
    code: "path_missing",
    completed_at: expect.any(Date),
  });
});

test.each([
  [{ respond: { status: 502, body: "" } }, "provider_unavailable"],
  [{ respond: { status: 200, body: "no JSON" } }, "provider_garbled"],
  [{ dropBefore: true }, "provider_unavailable"],
])("an event ends with %j as failed, too", async (fault, code) => {
  stack.sandbox.faults.add({ match: { operation: "createCommitOnBranch" }, times: 100, ...fault });
  expect((await commit({ expected_head: stack.sandbox.repository("acme/site").head() })).body.code).toBe(code);
  expect(await lastEvent()).toMatchObject({ result: "failed", code, completed_at: expect.any(Date) });
});

test("what is refused before anything is done in the person's name leaves no event", async () => {
  const before = await events();
  await commit({ changes: [] });
  await commit({ repository: "ada/notes" });
  await commit({ user: "gh.1" });
  await commit({ expected_haed: "x" });
  expect(await events()).toEqual(before);
});

test("who asked is kept as a user's id, where it names one", async () => {
  await stack.connect("grace");
  const { rows } = await stack.database.query<{ id: string }>({
    text: `UPDATE users SET external_id = 'hr/7' WHERE id = (SELECT user_id FROM identities WHERE login = 'grace')
      RETURNING id`,
  });
  const grace = rows[0]?.id ?? "";
  for (const requested_by of ["gh.4712036", "ext.hr%2F7", "@grace", grace, grace.toUpperCase()]) {
    const answer = await commit({ requested_by, changes: [{ path: "asked.txt", content: requested_by }] });
    expect(answer.status).toBe(201);
    expect((await lastEvent()).requested_by).toBe(grace);
  }
});

test.each([
  "ticket-42",
  "slack:U024BE7LH",
  "someone@example.com",
  "gh.1",
  "ext.nobody",
  "Grüße \u{1f600}",
  "x".repeat(700),
])("who asked is kept as it is, where it names nobody: %s", async (requested_by) => {
  const answer = await commit({ requested_by, changes: [{ path: "asked.txt", content: requested_by }] });
  expect(answer.status).toBe(201);
  expect((await lastEvent()).requested_by).toBe(requested_by);
});

test("nobody asked and nothing ran is kept as nothing", async () => {
  expect((await commit({ changes: [{ path: "asked.txt", content: "nobody" }] })).status).toBe(201);
  expect(await lastEvent()).toMatchObject({ requested_by: null, run_url: null });
});

test("an event holds neither content, message nor token", async () => {
  const answer = await commit({
    message: { headline: "A headline of its own" },
    changes: [{ path: "secret-path.txt", content: "content of its own" }],
  });
  expect(answer.status).toBe(201);
  // Ids are random, and may spell a login.
  const event = JSON.stringify(await lastEvent()).replaceAll(/[0-9a-f]{40}|[0-9a-f-]{36}/g, "");
  for (const text of ["headline of its own", "content of its own", "secret-path", "ada", key]) {
    expect(event).not.toContain(text);
  }
});
