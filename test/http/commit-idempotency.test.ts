import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { revokeBot } from "../../src/actions/bots/revoke-bot.ts";
import { endDelegation } from "../../src/actions/delegations/end-delegation.ts";
import { sent, standing } from "../harness/history.ts";
import { commitBody, commitCount, commitOnce, expectReplay, replayed } from "../harness/keyed-commit.ts";
import { committer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { auditSince, lastAudit } from "../harness/stored.ts";
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

describe("the same key and body give the first answer, field by field, and one commit", () => {
  const script = { path: "run", content: "#!/bin/sh\n", mode: "100755" };
  test.each([
    ["a commit", {}],
    ["a commit on a new branch", { branch: "bots/new", base: "main" }],
    ["an executable", { changes: [script], require_verified: false }],
    ["a commit by the app", { attribution: "app" }],
    ["a commit with a pull request", { branch: "bots/pull", base: "main", pull_request: { title: "Look" } }],
    ["a commit whose pull request can't be opened", { pull_request: { title: "Look" } }],
  ])("%s", async (_name, change) => {
    const who = await committer(stack);
    await stack.delegate(`gh.${who.id}`, `bot-of-${who.login}`, [who.repository], [], ["pull-request"]);
    // GitHub knows better by now how the person is called.
    stack.sandbox.updatePerson(who.login, { name: "Dr. Known Since", commitEmail: "known@example.com" });
    const request = commitBody(who, change);
    const key = newKey();
    const first = await call(who, key, request);
    expect(first.status).toBe(201);
    await expectReplay(stack, first, () => call(who, key, request));
    await expectReplay(stack, first, () => call(who, key, request, other));
    expect(commitCount(stack, who, String(first.body.branch))).toBe(2);
  });

  test("a fallback to the app", async () => {
    const who = await committer(stack);
    const off = (await stack.replica({ ENABLE_GITHUB_USER_TOKENS: "false" })).url;
    const request = commitBody(who, { attribution: "user-or-app" });
    const first = await call(who, "fallback", request, off);
    expect(first.body).toMatchObject({ attribution: "app", fallback_reason: "user_tokens_disabled" });
    // Also where the person's token would do.
    await expectReplay(stack, first, () => call(who, "fallback", request));
  });

  test("JSON that is written in another order, and with what goes without saying, is the same body", async () => {
    const who = await committer(stack);
    const key = newKey();
    const { user, ...rest } = commitBody(who);
    const first = await call(who, key, { user, ...rest });
    const spelt = { ...rest, attribution: "user", require_verified: true, co_authors: [], user };
    await expectReplay(stack, first, () => call(who, key, JSON.stringify(spelt, null, 2)));
  });

  test("ten at once, over two replicas", async () => {
    const who = await committer(stack);
    const before = await lastAudit(stack);
    const key = newKey();
    const calls = Array.from({ length: 10 }, (_, index) =>
      call(who, key, commitBody(who), index % 2 ? other : stack.url),
    );
    const answers = await Promise.all(calls);
    for (const answer of answers) expect(answer.body).toEqual(answers[0]?.body);
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect(answers.filter((answer) => replayed(answer) === null)).toHaveLength(1);
    expect(commitCount(stack, who)).toBe(2);
    expect(await auditSince(stack, before)).toHaveLength(1);
  });
});

test("another body is refused, at any time, and nothing is changed", async () => {
  const who = await committer(stack);
  const key = newKey();
  stack.sandbox.faults.add({ match: { operation: "createCommitOnBranch", login: who.login }, delayMs: 700 });
  const running = call(who, key, commitBody(who));
  await expect
    .poll(async () => (await auditSince(stack)).at(-1))
    .toMatchObject({ result: "started", user_id: who.userId });
  const mismatch = async () =>
    expectProblem(await call(who, key, commitBody(who, { message: { headline: "No" } })), 422, "idempotency_mismatch");
  await mismatch();
  expect((await running).status).toBe(201);
  const before = {
    standing: await standing(stack, [who.repository]),
    sent: sent(stack),
    audit: await lastAudit(stack),
  };
  await mismatch();
  expect({
    standing: await standing(stack, [who.repository]),
    sent: sent(stack),
    audit: await lastAudit(stack),
  }).toEqual(before);
});

test("another bot's key of the same name is another key", async () => {
  const who = await committer(stack);
  const second = await stack.bot(`second-bot-of-${who.login}`);
  await stack.delegate(`gh.${who.id}`, second.name, [who.repository]);
  const key = newKey();
  const one = await call(who, key, commitBody(who));
  const two = await call(second, key, commitBody(who, { changes: [{ path: "other", content: "" }] }));
  expect([one.status, two.status]).toEqual([201, 201]);
  expect(two.body.oid).not.toBe(one.body.oid);
  expect(commitCount(stack, who)).toBe(3);
});

describe("who may not act any more gets no answer of before", () => {
  /** A person whose commit has a key, and the call that repeats it. */
  async function committed(change: Record<string, unknown> = {}) {
    const who = await committer(stack);
    const key = newKey();
    const first = await call(who, key, commitBody(who, change));
    expect(first.status).toBe(201);
    return { who, first, repeat: () => call(who, key, commitBody(who, change)) };
  }

  test("when the permission has ended", async () => {
    const { who, repeat } = await committed();
    const { rows } = await stack.database.query<{ id: string }>({
      text: "SELECT id FROM delegations WHERE user_id = $1",
      values: [who.userId],
    });
    await endDelegation(stack, { id: rows[0]?.id ?? "", userId: who.userId });
    expect((await repeat()).body.code).toBe("delegation_required");
  });

  test("when the account has ended, unless the app acted", async () => {
    const asUser = await committed();
    const asApp = await committed({ attribution: "app" });
    for (const { who } of [asUser, asApp]) await who.browser.post(`${stack.url}/accounts/github/disconnect`);
    expectProblem(await asUser.repeat(), 403, "account_revoked", { action_url: `${stack.url}/accounts` });
    await expectReplay(stack, asApp.first, asApp.repeat);
  });

  test("when the bot was revoked, or the user deactivated", async () => {
    const one = await committed();
    await revokeBot(stack, `bot-of-${one.who.login}`);
    expectProblem(await one.repeat(), 401, "key_invalid");
    const two = await committed();
    const text = "UPDATE users SET status = 'deactivated' WHERE id = $1";
    await stack.database.query({ text, values: [two.who.userId] });
    expectProblem(await two.repeat(), 404, "user_not_found");
  });
});
