import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Fault, FaultMatch } from "../../sandbox/index.ts";
import { sent, standing } from "../harness/history.ts";
import { commitCount } from "../harness/keyed-commit.ts";
import { type Committer, committer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { auditSince, lastAudit } from "../harness/stored.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => stack.sandbox.faults.clear());
afterAll(() => stack.stop());

const commit = (who: Committer, change: Record<string, unknown> = {}) =>
  stack.commit(who.key, { user: `gh.${who.id}`, repository: who.repository, ...change });
const graphql = (type: string, message: string) => ({ data: null, errors: [{ type, message }] });
const limited = { message: "API rate limit exceeded for user ID 1." };
const wait = { "retry-after": "1" };
const soon = () => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 1) });

describe("a limit that is over soon is waited for, and the commit is made once", () => {
  const kinds: [string, () => Fault["respond"]][] = [
    ["429", () => ({ status: 429, headers: wait, body: limited })],
    ["403 with a time to wait", () => ({ status: 403, headers: wait, body: limited })],
    ["403 with nothing remaining", () => ({ status: 403, headers: soon(), body: limited })],
    [
      "GraphQL's own, with 200",
      () => ({ status: 200, headers: soon(), body: graphql("RATE_LIMITED", "API rate limit exceeded") }),
    ],
    [
      "GraphQL's secondary one, with 200",
      () => ({ status: 200, headers: wait, body: graphql("FORBIDDEN", "You have exceeded a secondary rate limit.") }),
    ],
  ];
  test.each(kinds)("%s", async (_name, respond) => {
    const who = await committer(stack);
    const before = { audit: await lastAudit(stack), sent: sent(stack) };
    const made = respond();
    if (made) stack.sandbox.faults.add({ match: { operation: "createCommitOnBranch" }, respond: made });
    const answer = await commit(who, { expected_head: stack.sandbox.repository(who.repository).head() });
    expect(answer.status).toBe(201);
    expect(commitCount(stack, who)).toBe(2);
    expect(sent(stack) - before.sent).toBe(2);
    expect(await auditSince(stack, before.audit)).toMatchObject([{ action: "commit", result: "succeeded" }]);
  });

  const places: [string, FaultMatch, Record<string, unknown>][] = [
    ["reading the head", { operation: "ReadBranch" }, {}],
    ["creating the branch", { operation: "updateRefs" }, { branch: "bots/new", base: "main" }],
    [
      "git's data API",
      { path: /git\/blobs$/ },
      { changes: [{ path: "x", content: "", mode: "100755" }], require_verified: false },
    ],
    ["looking up the bot", { path: /\/users\/.*bot/ }, { credit_bot: true }],
    ["the app's token", { path: /access_tokens$/ }, { attribution: "app" }],
    ["asking what the person may do", { path: /\/permission$/ }, { attribution: "app" }],
  ];
  test.each(places)("at %s", async (_name, match, change) => {
    const who = await committer(stack);
    const before = sent(stack);
    stack.sandbox.faults.add({ match, respond: { status: 429, headers: wait, body: limited } });
    expect((await commit(who, change)).status).toBe(201);
    expect(stack.sandbox.requests.slice(before).filter(({ status }) => status === 429)).toHaveLength(1);
    expect(commitCount(stack, who, String(change.branch ?? "main"))).toBe(2);
  });

  test("at opening the pull request", async () => {
    const who = await committer(stack);
    await stack.delegate(`gh.${who.id}`, `bot-of-${who.login}`, [who.repository], [], ["pull-request"]);
    stack.sandbox.faults.add({
      match: { method: "POST", path: /\/pulls$/ },
      respond: { status: 403, headers: wait, body: limited },
    });
    const answer = await commit(who, { branch: "b", base: "main", pull_request: { title: "Look" } });
    expect(answer.body).toMatchObject({ pull_request: { created: true } });
  });
});

test("a limit beyond the budget is told at once with the time to wait, and nothing is sent for that person until then", async () => {
  const [who, other] = [await committer(stack), await committer(stack)];
  stack.sandbox.faults.add({
    match: { login: who.login },
    respond: { status: 429, headers: { "retry-after": "31" }, body: limited },
  });
  const before = await standing(stack, [who.repository]);
  const first = await commit(who);
  expectProblem(first, 429, "rate_limited", { detail: /rate limit/ });
  expect(first.headers.get("retry-after")).toBe("31");
  const asked = sent(stack);
  for (const change of [{}, { branch: "bots/new", base: "main" }]) {
    const again = await commit(who, change);
    expectProblem(again, 429, "rate_limited");
    expect(Number(again.headers.get("retry-after"))).toBeLessThanOrEqual(31);
  }
  expect(sent(stack)).toBe(asked);
  expect(await standing(stack, [who.repository])).toEqual(before);
  expect((await commit(other)).status).toBe(201);
});

test("while one person's limit is waited for, another's commits go in, on the same branch, too", async () => {
  const [who, other] = [await committer(stack), await committer(stack)];
  stack.sandbox.updateRepository(who.repository, { collaborators: { [other.login]: "write" } });
  await stack.delegate(`gh.${other.id}`, `bot-of-${other.login}`, [who.repository]);
  stack.sandbox.faults.add({
    match: { login: who.login, operation: "createCommitOnBranch" },
    respond: { status: 429, headers: { "retry-after": "2" }, body: limited },
  });
  const over: string[] = [];
  const waiting = commit(who).then(({ status }) => over.push(`limited ${status}`));
  await expect.poll(() => stack.sandbox.requests.at(-1)).toMatchObject({ status: 429 });
  for (const path of ["one", "two"]) {
    const answer = await commit({ ...other, repository: who.repository }, { changes: [{ path, content: "" }] });
    over.push(`other ${answer.status}`);
  }
  await waiting;
  expect(over).toEqual(["other 201", "other 201", "limited 201"]);
  expect(commitCount(stack, who)).toBe(4);
});

test.each([500, 504])("%i at the commit is tried again on the same head, and never makes two", async (status) => {
  const who = await committer(stack);
  const match = { operation: "createCommitOnBranch" };
  stack.sandbox.faults.add({ match, respond: { status, body: "<html>" } });
  stack.sandbox.faults.add({ match, dropAfterHandling: true });
  expect((await commit(who)).status).toBe(201);
  expect(commitCount(stack, who)).toBe(2);
  const before = await standing(stack, [who.repository]);
  stack.sandbox.faults.add({ match, respond: { status, body: "<html>" }, times: 3 });
  expectProblem(await commit(who, { changes: [{ path: "x", content: "" }] }), 503, "provider_unavailable");
  expect(await standing(stack, [who.repository])).toEqual(before);
});
