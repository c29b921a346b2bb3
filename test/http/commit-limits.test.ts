import { describe, expect, test } from "vitest";
import type { Fault, FaultMatch } from "../../sandbox/index.ts";
import { sent, standing } from "../harness/history.ts";
import { commitCount } from "../harness/keyed-commit.ts";
import { type Committer, committer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { auditSince, lastAudit } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();

const commit = (who: Committer, change: Record<string, unknown> = {}) =>
  stack.commit(who.key, { user: `gh.${who.id}`, repository: who.repository, ...change });
const graphql = (type: string, message: string) => ({ data: null, errors: [{ type, message }] });
const limited = { message: "API rate limit exceeded for user ID 1." };
const wait = { "retry-after": "1" };
const soon = () => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 1) });

// Each with a person of its own, beside the others: most of it is waiting.
describe.concurrent("a limit that is over soon is waited for, and the commit is made once", () => {
  const kinds: [string, () => NonNullable<Fault["respond"]>][] = [
    ["429", () => ({ status: 429, headers: wait, body: limited })],
    ["403 with a time to wait", () => ({ status: 403, headers: wait, body: limited })],
    ["403 with nothing remaining", () => ({ status: 403, headers: soon(), body: limited })],
    ["GraphQL's own, with 200", () => ({ status: 200, headers: soon(), body: graphql("RATE_LIMITED", "Exceeded") })],
    [
      "GraphQL's secondary one, with 200",
      () => ({ status: 200, headers: wait, body: graphql("FORBIDDEN", "You have exceeded a secondary rate limit.") }),
    ],
  ];
  test.each(kinds)("%s", async (_name, respond) => {
    const who = await committer(stack);
    const heard = () => stack.sandbox.requests.filter(({ as }) => as === who.login).length;
    const before = { audit: await lastAudit(stack), heard: heard() };
    stack.sandbox.faults.add({ match: { operation: "createCommitOnBranch", login: who.login }, respond: respond() });
    const answer = await commit(who, { expected_head: stack.sandbox.repository(who.repository).head() });
    expect(answer.status).toBe(201);
    expect(commitCount(stack, who)).toBe(2);
    expect(heard() - before.heard).toBe(2);
    const events = (await auditSince(stack, before.audit)).filter(({ user_id }) => user_id === who.userId);
    expect(events).toMatchObject([{ action: "commit", result: "succeeded" }]);
  });

  const script = { changes: [{ path: "x", content: "", mode: "100755" }], require_verified: false };
  const places: [string, (who: Committer) => FaultMatch, Record<string, unknown>][] = [
    ["reading the head", ({ login }) => ({ operation: "ReadBranch", login }), {}],
    ["creating the branch", ({ login }) => ({ operation: "updateRefs", login }), { branch: "new", base: "main" }],
    ["git's data API", ({ login }) => ({ path: /git\/blobs$/, login }), script],
    ["looking up the bot", ({ login }) => ({ path: /\/users\/.*bot/, login }), { credit_bot: true }],
    ["looking up the app", ({ repository }) => ({ path: `/repos/${repository}/installation` }), { attribution: "app" }],
    [
      "asking what the person may do",
      ({ login }) => ({ path: new RegExp(`/collaborators/${login}/permission$`) }),
      { attribution: "app" },
    ],
    [
      "opening the pull request",
      ({ repository }) => ({ method: "POST", path: `/repos/${repository}/pulls` }),
      { branch: "new", base: "main", pull_request: { title: "Look" } },
    ],
  ];
  test.each(places)("at %s", async (_name, match, change) => {
    const who = await committer(stack);
    await stack.delegate(`gh.${who.id}`, `bot-of-${who.login}`, [who.repository], [], ["pull-request"]);
    stack.sandbox.faults.add({ match: match(who), respond: { status: 403, headers: wait, body: limited } });
    const answer = await commit(who, change);
    expect(answer.status).toBe(201);
    expect(answer.body).not.toHaveProperty("pull_request_error");
    const met = stack.sandbox.requests.filter(({ as, path }) => as === who.login || path.includes(who.login));
    expect(met.filter(({ status }) => status === 403)).toHaveLength(1);
    expect(commitCount(stack, who, String(change.branch ?? "main"))).toBe(2);
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
  const match = { operation: "createCommitOnBranch", login: who.login };
  stack.sandbox.faults.add({ match, respond: { status, body: "<html>" } });
  stack.sandbox.faults.add({ match, dropAfterHandling: true });
  expect((await commit(who)).status).toBe(201);
  expect(commitCount(stack, who)).toBe(2);
  const before = await standing(stack, [who.repository]);
  stack.sandbox.faults.add({ match, respond: { status, body: "<html>" }, times: 3 });
  expectProblem(await commit(who, { changes: [{ path: "x", content: "" }] }), 503, "provider_unavailable");
  expect(await standing(stack, [who.repository])).toEqual(before);
});
