import { beforeAll, describe, expect, test } from "vitest";
import type { Fault, FaultMatch } from "../../sandbox/index.ts";
import { git, moveBranch } from "../harness/history.ts";
import { commitBody, commitCount, commitOnce, replayed } from "../harness/keyed-commit.ts";
import { committer, newcomer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

/* Much of this is waiting before something is sent again, so the tests run beside each other, each with its person. */

const stack = useStack();
let other: string;

beforeAll(async () => {
  other = (await stack.replica()).url;
});

const mutation: FaultMatch = { operation: "createCommitOnBranch" };
const moving: FaultMatch = { method: "PATCH" };
const script = { changes: [{ path: "run", content: "#!/bin/sh\n", mode: "100755" }], require_verified: false };
const failing = { respond: { status: 502, body: "<html>" } };

/** A person whose bot commits with one key, and what goes wrong for them alone. */
async function lane() {
  const who = await committer(stack);
  const call = (change: Record<string, unknown> = {}, url?: string) =>
    commitOnce(stack, who, `key-of-${who.login}`, commitBody(who, change), url);
  const fault = (match: FaultMatch, happens: Omit<Fault, "match">) =>
    stack.sandbox.faults.add({ match: { ...match, login: who.login }, ...happens });
  const heard = () => stack.sandbox.requests.filter(({ as }) => as === who.login).length;
  return {
    who,
    call,
    fault,
    heard,
    head: (branch = "main") => stack.sandbox.repository(who.repository).head(branch),
    count: (branch?: string) => commitCount(stack, who, branch),
    parent: (branch = "main") => git(stack, who.repository, "rev-parse", `refs/heads/${branch}^`),
    /** GitHub commits, its answer is lost, and it can't be reached when the same is sent again. */
    loseAnswer(match = mutation): void {
      fault(match, { dropAfterHandling: true });
      fault(match, { ...failing, times: 2 });
    },
    /** The commit is sent three times, and never arrives. */
    unreached: (match = mutation) => fault(match, { dropBefore: true, times: 3 }),
    /** The first call fails; what it is repeated for is answered, and kept. */
    async repeated(change: Record<string, unknown>, meanwhile: () => unknown = () => undefined): Promise<ApiAnswer> {
      expectProblem(await call(change), 503, "provider_unavailable");
      await meanwhile();
      const answer = await call(change, other);
      expect([answer.status, replayed(answer)]).toEqual([201, null]);
      const before = heard();
      const again = await call(change);
      expect([again.status, again.body, replayed(again)]).toEqual([201, answer.body, "true"]);
      expect(heard()).toBe(before);
      return answer;
    },
  };
}
type Lane = Awaited<ReturnType<typeof lane>>;

describe.concurrent("a commit whose answer was lost is found when the key is repeated", () => {
  test.each<[string, (at: Lane) => Record<string, unknown>]>([
    ["the head was read", () => ({})],
    ["the head was given", ({ head }) => ({ expected_head: head() })],
    ["trailers stand at its end", ({ who }) => ({ requested_by: `gh.${who.id}`, credit_bot: true })],
    ["the branch was new", () => ({ branch: "new", base: "main" })],
    ["the branch was new and its head given", ({ head }) => ({ branch: "new", base: "main", expected_head: head() })],
    ["a file goes", () => ({ changes: [{ path: "README.md", delete: true }] })],
    ["GitHub may tidy its white space", () => ({ message: { headline: " Say  hello ", body: "\n\nAll. \r\n\r\n" } })],
  ])("where %s", async (_name, change) => {
    const at = await lane();
    const [request, base] = [change(at), at.head()];
    at.loseAnswer();
    const { body } = await at.repeated(request);
    const branch = String(body.branch);
    const author = { login: at.who.login };
    expect(body).toMatchObject({ oid: at.head(branch), verified: true, transport: "graphql", author });
    expect([at.parent(branch), at.count(branch)]).toEqual([base, 2]);
  });

  test("where it was made by git's data API", async () => {
    const at = await lane();
    at.loseAnswer(moving);
    const { body } = await at.repeated(script);
    const author = { login: at.who.login };
    expect(body).toMatchObject({ oid: at.head(), verified: false, transport: "git-data", author });
    expect(at.count()).toBe(2);
  });

  test.each<[number, string, (at: Lane) => Record<string, unknown> & { branch?: string }]>([
    [120, "the head was read", () => ({})],
    [2, "the head was given", ({ head }) => ({ expected_head: head() })],
    [2, "the branch was new", () => ({ branch: "new", base: "main" })],
    [2, "it was made by git's data API", () => script],
  ])("also under %i commits of others, where %s", async (many, _name, change) => {
    const at = await lane();
    const request = change(at);
    const { branch = "main" } = request;
    at.loseAnswer(request === script ? moving : mutation);
    let theirs = "";
    const { body } = await at.repeated(request, () => {
      theirs = moveBranch(stack, at.who.repository, branch, many);
    });
    expect([at.head(branch), at.count(branch)]).toEqual([theirs, many + 2]);
    expect(git(stack, at.who.repository, "rev-parse", `${theirs}~${many}`)).toBe(body.oid);
  });

  test("also when the person's name has changed, and with it the message that would be sent now", async () => {
    const at = await lane();
    at.loseAnswer();
    const { body } = await at.repeated({ requested_by: `gh.${at.who.id}` }, () =>
      stack.database.query({
        text: "UPDATE identities SET display_name = 'Somebody Else' WHERE user_id = $1",
        values: [at.who.userId],
      }),
    );
    expect([body.oid, at.count()]).toEqual([at.head(), 2]);
    const message = git(stack, at.who.repository, "log", "-1", "--format=%B", "main");
    expect(message).toContain(`Requested-by: Person ${at.who.id} <`);
  });

  test("also after a first repetition that failed as well", async () => {
    const at = await lane();
    at.loseAnswer();
    expectProblem(await at.call(), 503, "provider_unavailable");
    const theirs = moveBranch(stack, at.who.repository, "main");
    at.fault({ operation: "FindCommit" }, failing);
    expectProblem(await at.call(), 503, "provider_unavailable");
    expect((await at.call()).body.oid).toBe(git(stack, at.who.repository, "rev-parse", `${theirs}^`));
    expect(at.count()).toBe(3);
  });
});

describe.concurrent("a commit that never reached GitHub is made when the key is repeated", () => {
  test.each<[string, (at: Lane) => Record<string, unknown>]>([
    ["the head was read", () => ({})],
    ["the head was given", ({ head }) => ({ expected_head: head() })],
    ["the branch was new", () => ({ branch: "new", base: "main" })],
  ])("where %s", async (_name, change) => {
    const at = await lane();
    at.unreached();
    const { body } = await at.repeated(change(at));
    const branch = String(body.branch);
    expect([at.head(branch), at.count(branch)]).toEqual([body.oid, 2]);
  });

  test("on top of others' commits where no head was given", async () => {
    const at = await lane();
    at.unreached();
    let theirs = "";
    const { body } = await at.repeated({}, () => {
      theirs = moveBranch(stack, at.who.repository, "main");
    });
    expect([at.head(), at.parent(), at.count()]).toEqual([body.oid, theirs, 3]);
  });

  test("not on top of others' commits where a head was given", async () => {
    const at = await lane();
    const request = { expected_head: at.head() };
    at.unreached();
    expectProblem(await at.call(request), 503, "provider_unavailable");
    const theirs = moveBranch(stack, at.who.repository, "main");
    expectProblem(await at.call(request), 409, "head_moved", { head: theirs });
    expect([at.head(), at.count()]).toEqual([theirs, 2]);
  });

  test("on the branch that was left behind empty", async () => {
    const at = await lane();
    const request = { branch: "new", base: "main" };
    at.unreached();
    // Making the branch works, taking it away again does not.
    at.fault({ operation: "updateRefs" }, {});
    at.fault({ operation: "updateRefs" }, failing);
    expectProblem(await at.call(request), 503, "provider_unavailable");
    expect(at.head("new")).toBe(at.head());
    expect((await at.call(request)).status).toBe(201);
    expect(at.count("new")).toBe(2);
  });

  test("and is not mistaken for another person's commit that looks the same", async () => {
    const at = await lane();
    const twin = newcomer(stack);
    await stack.connect(twin.login);
    const { name, key } = await stack.bot(`bot-of-${twin.login}`);
    await stack.delegate(`gh.${twin.id}`, name, [at.who.repository]);
    stack.sandbox.updateRepository(at.who.repository, { collaborators: { [twin.login]: "write" } });
    at.unreached();
    let theirs: unknown;
    const { body } = await at.repeated({}, async () => {
      const request = commitBody(at.who, { user: `gh.${twin.id}` });
      theirs = (await stack.call("POST", "/api/v1/commits", { key, body: request })).body.oid;
    });
    expect([at.head(), at.parent(), at.count()]).toEqual([body.oid, theirs, 3]);
    expect(body.author).toMatchObject({ login: at.who.login });
  });
});

describe.concurrent("within one call, also without a key, an answer that was lost makes no second commit", () => {
  /** Loses the first answer, and has the next try meet something else. */
  async function once(next: Omit<Fault, "match">): Promise<Lane> {
    const at = await lane();
    at.fault(mutation, { dropAfterHandling: true });
    at.fault(mutation, next);
    const body = commitBody(at.who);
    const answer = await stack.call("POST", "/api/v1/commits", { key: at.who.key, body });
    expect(answer.status).toBe(201);
    expect([answer.body.oid, at.count()]).toEqual([at.head(), 2]);
    return at;
  }
  const answered = (status: number, body: object, headers = {}) => once({ respond: { status, body, headers } });

  test("when GitHub fails again", () => answered(504, {}));
  test("when GitHub's limit is reached next", () => answered(429, { message: "rate limit" }, { "retry-after": "1" }));
  test("when GitHub says that something went wrong", () =>
    answered(200, { data: null, errors: [{ message: "Something went wrong while executing your query." }] }));

  test("when the token is not accepted next", async () => {
    // GitHub calls it dead: it is renewed, and everything begins again with the new one.
    const check = { path: /\/applications\/.*\/token$/, method: "POST" };
    stack.sandbox.faults.add({ match: check, respond: { status: 404, body: {} } });
    const { who } = await answered(401, { message: "Bad credentials" });
    const renewed = stack.sandbox.requests.filter(({ as, operation }) => as === who.login && operation === "refresh");
    expect(renewed).toHaveLength(1);
  });

  test("when it was the answer about the new branch", async () => {
    const at = await lane();
    at.fault({ operation: "updateRefs" }, { dropAfterHandling: true });
    const body = commitBody(at.who, { branch: "new", base: "main" });
    const answer = await stack.call("POST", "/api/v1/commits", { key: at.who.key, body });
    expect(answer.status).toBe(201);
    expect([at.head("new"), at.count("new")]).toEqual([answer.body.oid, 2]);
  });
});
