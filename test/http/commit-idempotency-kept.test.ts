import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { git, sent, standing } from "../harness/history.ts";
import { commitBody, commitCount, commitOnce, expectReplay, replayed } from "../harness/keyed-commit.ts";
import { type Committer, committer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
/** Another replica on the same database. */
let other: string;
let keys = 0;

beforeAll(async () => {
  other = (await stack.replica()).url;
});
afterEach(() => stack.sandbox.faults.clear());

const newKey = () => `key-${keys++}`;
const call = (who: { key: string }, key: string, request: unknown, url?: string) =>
  commitOnce(stack, who, key, request, url);

describe("a refusal that may pass is not kept", () => {
  /** Refused, then mended, then done, with one key. */
  async function mended(
    refuse: (who: Committer) => unknown,
    code: string,
    mend: (who: Committer) => unknown,
    url = stack.url,
  ): Promise<void> {
    const who = await committer(stack);
    const key = newKey();
    await refuse(who);
    const before = await standing(stack, [who.repository]);
    expect((await call(who, key, commitBody(who))).body.code).toBe(code);
    expect(await standing(stack, [who.repository])).toEqual(before);
    await mend(who);
    const answer = await call(who, key, commitBody(who), url);
    expect([answer.status, replayed(answer)]).toEqual([201, null]);
    expect(commitCount(stack, who)).toBe(2);
    await expectReplay(stack, answer, () => call(who, key, commitBody(who)));
  }
  const fail = (respond: { status: number; headers?: Record<string, string>; body?: object }) => (who: Committer) =>
    stack.sandbox.faults.add({ match: { login: who.login, path: "/api/graphql" }, respond, times: 9 });
  const clear = () => stack.sandbox.faults.clear();

  test("an outage", () => mended(fail({ status: 502 }), "provider_unavailable", clear));
  test("an answer that can't be understood", () => mended(fail({ status: 200, body: [] }), "provider_garbled", clear));
  test("a limit, at a replica that isn't held up by it", () =>
    mended(fail({ status: 429, headers: { "retry-after": "300" } }), "rate_limited", clear, other));
  test("a missing installation", () =>
    mended(
      ({ login }) => stack.sandbox.setInstallation(login, []),
      "app_not_installed",
      ({ login }) => stack.sandbox.setInstallation(login, "all"),
    ));
  test("an archived repository", () =>
    mended(
      ({ repository }) => stack.sandbox.updateRepository(repository, { archived: true }),
      "repository_archived",
      ({ repository }) => stack.sandbox.updateRepository(repository, { archived: false }),
    ));
  test("a protected branch", () =>
    mended(
      ({ repository }) => stack.sandbox.updateRepository(repository, { protectedBranches: ["main"] }),
      "branch_protected",
      ({ repository }) => stack.sandbox.updateRepository(repository, { protectedBranches: [] }),
    ));

  test("a body that was refused before anything was done leaves the key free", async () => {
    const who = await committer(stack);
    const key = newKey();
    expectProblem(
      await call(who, key, commitBody(who, { changes: [{ path: "../x", content: "" }] })),
      422,
      "invalid_path",
    );
    expect((await call(who, key, commitBody(who))).status).toBe(201);
  });
});

describe("a refusal for good is kept", () => {
  test.each([
    ["head_moved", 409, { expected_head: "ab".repeat(20) }],
    ["path_missing", 422, { changes: [{ path: "not/there", delete: true }] }],
    ["branch_not_found", 404, { branch: "late" }],
  ])("%s", async (code, status, change) => {
    const who = await committer(stack);
    const key = newKey();
    const first = await call(who, key, commitBody(who, change));
    expectProblem(
      first,
      status,
      code,
      code === "head_moved" ? { head: stack.sandbox.repository(who.repository).head() } : {},
    );
    git(stack, who.repository, "branch", "late", "main");
    await expectReplay(stack, first, () => call(who, key, commitBody(who, change)));
    await expectReplay(stack, first, () => call(who, key, commitBody(who, change), other));
    expect(commitCount(stack, who)).toBe(1);
  });
});

test.each([
  ["empty", ""],
  ["too long", "k".repeat(256)],
  ["of two words", "a b"],
  ["with a letter that is not ASCII", "k\u00e9y"],
])("a key that is %s is refused", async (_name, key) => {
  const who = await committer(stack);
  const before = { standing: await standing(stack, [who.repository]), sent: sent(stack) };
  expectProblem(await call(who, key, commitBody(who)), 400, "bad_request", { detail: /idempotency-key/i });
  expect({ standing: await standing(stack, [who.repository]), sent: sent(stack) }).toEqual(before);
  expect((await call(who, "~".repeat(255), commitBody(who))).status).toBe(201);
});

test("a key is forgotten after seven days", async () => {
  const who = await committer(stack);
  const [old, young] = [newKey(), newKey()];
  for (const key of [old, young]) await call(who, key, commitBody(who, { message: { headline: key } }));
  const text = "UPDATE commits SET created_at = now() - $2::interval WHERE idempotency_key = $1";
  await stack.database.query({ text, values: [old, "7 days 1 second"] });
  await stack.database.query({ text, values: [young, "6 days 23 hours"] });
  // What has expired is removed at the start, and then now and again.
  await stack.replica();
  const known = async () => {
    const named = "SELECT idempotency_key AS key FROM commits WHERE idempotency_key = ANY($1)";
    const { rows } = await stack.database.query<{ key: string }>({ text: named, values: [[old, young]] });
    return rows.map(({ key }) => key);
  };
  await expect.poll(known).toEqual([young]);
});

test("nothing personal is kept beside a key", async () => {
  await stack.connect("ada");
  const bot = await stack.bot("discreet-bot");
  await stack.delegate("gh.583231", bot.name, ["acme/*"], [], ["commit", "pull-request"]);
  const request = {
    ...commitBody({ ...(await committer(stack)), id: 583231, repository: "acme/site" }),
    co_authors: [{ name: "Eve Example", email: "eve@example.com" }],
    requested_by: "gh.583231",
    pull_request: { title: "Look", body: "By Ada" },
  };
  for (const [key, change] of Object.entries({ made: {}, refused: { expected_head: "ab".repeat(20) } })) {
    await call(bot, key, { ...request, ...change });
  }
  stack.sandbox.faults.add({ match: { operation: "createCommitOnBranch" }, dropAfterHandling: true });
  stack.sandbox.faults.add({ match: { operation: "createCommitOnBranch" }, respond: { status: 502 }, times: 9 });
  await call(bot, "lost", { ...request, branch: "lost", base: "main" });
  const { rows } = await stack.database.query<{ row: string; key: string }>({
    text: "SELECT idempotency_key AS key, to_jsonb(c)::text AS row FROM commits c WHERE bot_id = $1 ORDER BY key",
    values: [bot.id],
  });
  expect(rows.map(({ key }) => key)).toEqual(["lost", "made", "refused"]);
  for (const { row } of rows) expect(row).not.toMatch(/ada|lovelace|583231|example\.com|eve/i);
  expect(rows[0]?.row).toMatch(/"attempts": \[\{/);
});
