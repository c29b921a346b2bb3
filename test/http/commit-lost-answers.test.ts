import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FaultMatch } from "../../sandbox/index.ts";
import { git, moveBranch, sent } from "../harness/history.ts";
import { commitBody, commitCount, commitOnce, expectReplay } from "../harness/keyed-commit.ts";
import { type Committer, committer, newcomer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { type ApiAnswer, type Stack, startStack } from "../harness/stack.ts";

let stack: Stack;
let other: string;
let who: Committer;

beforeAll(async () => {
  stack = await startStack();
  other = (await stack.replica()).url;
});
beforeEach(async () => {
  who = await committer(stack);
});
afterEach(() => stack.sandbox.faults.clear());
afterAll(() => stack.stop());

const mutation: FaultMatch = { operation: "createCommitOnBranch" };
const moving: FaultMatch = { method: "PATCH" };
const down = { respond: { status: 502, body: "<html>" }, times: 9 };
const call = (change: Record<string, unknown> = {}, url?: string) =>
  commitOnce(stack, who, `key-of-${who.login}`, commitBody(who, change), url);
const head = (branch = "main") => stack.sandbox.repository(who.repository).head(branch);
const count = (branch?: string) => commitCount(stack, who, branch);
const parent = (branch = "main") => git(stack, who.repository, "rev-parse", `refs/heads/${branch}^`);
const script = { changes: [{ path: "run", content: "#!/bin/sh\n", mode: "100755" }], require_verified: false };

/** GitHub commits, its answer is lost, and then it can't be reached any more. */
function loseAnswer(match = mutation): void {
  stack.sandbox.faults.add({ match, dropAfterHandling: true });
  stack.sandbox.faults.add({ match, ...down });
}

/** The first call fails; what it is repeated for is found, and kept. */
async function lostAndFound(
  change: Record<string, unknown>,
  meanwhile: () => unknown = () => undefined,
): Promise<ApiAnswer> {
  expectProblem(await call(change), 503, "provider_unavailable");
  stack.sandbox.faults.clear();
  await meanwhile();
  const found = await call(change, other);
  expect(found.status).toBe(201);
  await expectReplay(stack, found, () => call(change));
  return found;
}

describe("a commit whose answer was lost is found when the key is repeated", () => {
  test.each([
    ["the head was read", () => ({})],
    ["the head was given", () => ({ expected_head: head() })],
    ["trailers stand at its end", () => ({ requested_by: `gh.${who.id}`, credit_bot: true })],
    ["the branch was new", () => ({ branch: "bots/new", base: "main" })],
    ["the branch was new and its head given", () => ({ branch: "bots/new", base: "main", expected_head: head() })],
    [
      "it deletes",
      () => ({
        changes: [
          { path: "README.md", delete: true },
          { path: "a/b/c", content: "" },
        ],
      }),
    ],
    [
      "its message has white space that GitHub may tidy",
      () => ({ message: { headline: " Say  hello ", body: "\n\nTo all. \r\n\r\n\r\n" } }),
    ],
  ])("where %s", async (_name, change) => {
    const request = change();
    const base = head();
    loseAnswer();
    const found = await lostAndFound(request);
    const branch = String(found.body.branch);
    expect(found.body).toMatchObject({
      oid: head(branch),
      verified: true,
      transport: "graphql",
      author: { login: who.login },
    });
    expect([parent(branch), count(branch)]).toEqual([base, 2]);
  });

  test("where it was made by git's data API", async () => {
    loseAnswer(moving);
    const found = await lostAndFound(script);
    expect(found.body).toMatchObject({
      oid: head(),
      verified: false,
      transport: "git-data",
      author: { login: who.login },
    });
    expect(count()).toBe(2);
  });

  test.each<[number, string, () => { branch?: string }]>([
    [120, "the head was read", () => ({})],
    [2, "the head was given", () => ({ expected_head: head() })],
    [2, "the branch was new", () => ({ branch: "bots/new", base: "main" })],
    [2, "it was made by git's data API", () => script],
  ])("also under %i commits of others, where %s", async (many, _name, change) => {
    const request = change();
    const { branch = "main" } = request;
    loseAnswer(request === script ? moving : mutation);
    let theirs = "";
    const found = await lostAndFound(request, () => {
      for (let more = 0; more < many; more++) theirs = moveBranch(stack, who.repository, branch);
    });
    expect(head(branch)).toBe(theirs);
    expect(count(branch)).toBe(many + 2);
    expect(git(stack, who.repository, "rev-parse", `${theirs}~${many}`)).toBe(found.body.oid);
  });

  test("also when the person's name has changed, and with it the message that would be sent now", async () => {
    loseAnswer();
    const found = await lostAndFound({ requested_by: `gh.${who.id}` }, () =>
      stack.database.query({
        text: "UPDATE identities SET display_name = 'Somebody Else' WHERE user_id = $1",
        values: [who.userId],
      }),
    );
    expect([found.body.oid, count()]).toEqual([head(), 2]);
    expect(git(stack, who.repository, "log", "-1", "--format=%B", "main")).toContain(
      `Requested-by: Person ${who.id} <`,
    );
  });

  test("also after a first repetition that failed as well", async () => {
    loseAnswer();
    expectProblem(await call(), 503, "provider_unavailable");
    stack.sandbox.faults.clear();
    moveBranch(stack, who.repository, "main");
    stack.sandbox.faults.add({ match: { operation: "FindCommit" }, ...down });
    expectProblem(await call(), 503, "provider_unavailable");
    stack.sandbox.faults.clear();
    expect((await call()).status).toBe(201);
    expect(count()).toBe(3);
  });
});

describe("a commit that never reached GitHub is made when the key is repeated", () => {
  const unreached = (match = mutation) => stack.sandbox.faults.add({ match, dropBefore: true, times: 9 });

  test.each([
    ["the head was read", () => ({})],
    ["the head was given", () => ({ expected_head: head() })],
    ["the branch was new", () => ({ branch: "bots/new", base: "main" })],
  ])("where %s", async (_name, change) => {
    const request = change();
    unreached();
    const made = await lostAndFound(request);
    expect([head(String(made.body.branch)), count(String(made.body.branch))]).toEqual([made.body.oid, 2]);
  });

  test("on top of others' commits where no head was given", async () => {
    unreached();
    let theirs = "";
    const made = await lostAndFound({}, () => {
      theirs = moveBranch(stack, who.repository, "main");
    });
    expect([head(), parent(), count()]).toEqual([made.body.oid, theirs, 3]);
  });

  test("not on top of others' commits where a head was given", async () => {
    const request = { expected_head: head() };
    unreached();
    expectProblem(await call(request), 503, "provider_unavailable");
    stack.sandbox.faults.clear();
    const theirs = moveBranch(stack, who.repository, "main");
    expectProblem(await call(request), 409, "head_moved", { head: theirs });
    expect([head(), count()]).toEqual([theirs, 2]);
  });

  test("on the branch that was left behind empty", async () => {
    const request = { branch: "bots/new", base: "main" };
    unreached();
    stack.sandbox.faults.add({ match: { operation: "updateRefs" }, times: 1 });
    stack.sandbox.faults.add({ match: { operation: "updateRefs" }, ...down });
    expectProblem(await call(request), 503, "provider_unavailable");
    expect(head("bots/new")).toBe(head());
    stack.sandbox.faults.clear();
    expect((await call(request)).status).toBe(201);
    expect(count("bots/new")).toBe(2);
  });

  test("and is not mistaken for another person's commit that looks the same", async () => {
    const twin = newcomer(stack);
    await stack.connect(twin.login);
    const bot = await stack.bot(`bot-of-${twin.login}`);
    await stack.delegate(`gh.${twin.id}`, bot.name, [who.repository]);
    stack.sandbox.updateRepository(who.repository, { collaborators: { [twin.login]: "write" } });
    unreached({ ...mutation, login: who.login });
    let theirs: unknown;
    const made = await lostAndFound({}, async () => {
      const answer = await stack.call("POST", "/api/v1/commits", {
        key: bot.key,
        body: commitBody(who, { user: `gh.${twin.id}` }),
      });
      theirs = answer.body.oid;
    });
    expect([head(), parent(), count()]).toEqual([made.body.oid, theirs, 3]);
    expect(made.body.author).toMatchObject({ login: who.login });
  });
});

describe("within one call, also without a key, an answer that was lost makes no second commit", () => {
  /** Loses the first answer, and has the next try meet something else. */
  async function once(next: object, change: Record<string, unknown> = {}): Promise<void> {
    stack.sandbox.faults.add({ match: mutation, dropAfterHandling: true });
    stack.sandbox.faults.add({ match: { ...mutation, login: who.login }, ...next });
    const answer = await stack.call("POST", "/api/v1/commits", { key: who.key, body: commitBody(who, change) });
    expect(answer.status).toBe(201);
    expect([answer.body.oid, count()]).toEqual([head(), 2]);
  }

  test("when GitHub fails again", () => once({ respond: { status: 504, body: "" } }));
  test("when GitHub's limit is reached next", () =>
    once({ respond: { status: 429, headers: { "retry-after": "1" }, body: { message: "rate limit" } } }));
  test("when the token is not accepted next", async () => {
    // The provider calls it dead: it is renewed, and everything begins again with the new one.
    const check = { match: { path: /\/applications\/.*\/token$/, method: "POST" }, respond: { status: 404, body: {} } };
    stack.sandbox.faults.add(check);
    await once({ respond: { status: 401, body: { message: "Bad credentials" } } });
    expect(stack.sandbox.requests.slice(-12).map(({ operation }) => operation)).toContain("refresh");
  });
  test("when GitHub says that something went wrong", () =>
    once({
      respond: {
        status: 200,
        body: { data: null, errors: [{ message: "Something went wrong while executing your query." }] },
      },
    }));
  test("when the branch is new", async () => {
    stack.sandbox.faults.add({ match: { operation: "updateRefs" }, dropAfterHandling: true });
    const before = sent(stack);
    const body = commitBody(who, { branch: "bots/new", base: "main" });
    const answer = await stack.call("POST", "/api/v1/commits", { key: who.key, body });
    expect(answer.status).toBe(201);
    expect([head("bots/new"), count("bots/new")]).toEqual([answer.body.oid, 2]);
    expect(sent(stack)).toBeGreaterThan(before);
  });
});
