import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { git, graphqlSince, refs, sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { auditSince, lastAudit } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;
let branches = 0;
/** Where each test commits: a branch that is not there yet. */
let branch: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("review-bot")).key;
  await stack.delegate("gh.583231", "review-bot", ["acme/*"], [], ["commit", "pull-request"]);
});
beforeEach(() => {
  branch = `bots/change-${++branches}`;
});
afterEach(() => stack.sandbox.faults.clear());

interface Pull {
  number: number;
  title: string;
  body: string | null;
  draft: boolean;
  user: { login: string };
  head: { ref: string };
  base: { ref: string };
}

async function pulls(): Promise<Pull[]> {
  const response = await fetch(`${stack.sandbox.apiUrl}/repos/acme/site/pulls?state=all`);
  return JSON.parse(await response.text());
}

const commit = (
  wish: Record<string, unknown> = {},
  change: Record<string, unknown> = {},
  options: { url?: string; headers?: Record<string, string> } = {},
): Promise<ApiAnswer> =>
  stack.commit(
    key,
    {
      branch,
      base: "main",
      changes: [{ path: `${branch}.txt`, content: "1" }],
      pull_request: { title: "Look", ...wish },
      ...change,
    },
    options,
  );
const slug = () => `${stack.sandbox.app.slug}[bot]`;
const author = () => git(stack, "acme/site", "log", "-1", "--format=%an", `refs/heads/${branch}`);

describe("a pull request is opened in the same call", () => {
  test("to the default branch, as the person", async () => {
    const asked = sent(stack);
    const answer = await commit({ body: "Please.\n" });
    const [pull] = (await pulls()).slice(-1);
    expect(answer.status).toBe(201);
    expect(answer.body.pull_request).toEqual({
      number: pull?.number,
      url: `${stack.sandbox.webUrl}/acme/site/pull/${pull?.number}`,
      attribution: "user",
      created: true,
    });
    expect(answer.body).not.toHaveProperty("pull_request_error");
    expect(pull).toMatchObject({
      title: "Look",
      body: "Please.\n",
      draft: false,
      user: { login: "ada" },
      head: { ref: branch, sha: answer.body.oid },
      base: { ref: "main" },
    });
    expect(graphqlSince(stack, asked)).toHaveLength(3);
  });

  test("to a named base, as a draft", async () => {
    git(stack, "acme/site", "branch", "release/1", "main");
    const answer = await commit({ base: "release/1", draft: true });
    expect(answer.body.pull_request).toMatchObject({ created: true });
    expect((await pulls()).at(-1)).toMatchObject({ draft: true, base: { ref: "release/1" }, head: { ref: branch } });
  });

  test.each([
    ["user", "app"],
    ["app", "user"],
    ["app", "app"],
  ])("with a commit by the %s and the request by the %s, each under its own name", async (ofCommit, ofPull) => {
    const before = await lastAudit(stack);
    const answer = await commit({ attribution: ofPull }, { attribution: ofCommit });
    const names: Record<string, string> = { user: "Ada Lovelace", app: slug() };
    expect(answer.body).toMatchObject({ attribution: ofCommit, pull_request: { attribution: ofPull, created: true } });
    expect(author()).toBe(names[ofCommit]);
    const { number, user } = (await pulls()).at(-1) ?? {};
    expect(user?.login).toBe(ofPull === "app" ? slug() : "ada");
    expect(await auditSince(stack, before)).toMatchObject([
      { action: "commit", attribution: ofCommit, result: "succeeded", branch },
      { action: "pull_request", attribution: ofPull, result: "succeeded", branch, detail: { number, created: true } },
    ]);
  });
});

describe("an open pull request is found", () => {
  test("by the next commit on the branch, in whatever case the repository is written", async () => {
    const first = await commit();
    const again = { changes: [{ path: "more.txt", content: branch }], repository: "ACME/Site" };
    const second = await commit({ title: "Another title" }, again);
    expect(second.status).toBe(201);
    expect(second.body.oid).not.toBe(first.body.oid);
    expect(second.body.pull_request).toEqual({ ...Object(first.body.pull_request), created: false });
    expect((await pulls()).filter(({ head }) => head.ref === branch)).toHaveLength(1);
  });

  test("also as the app, which did not open it", async () => {
    const first = await commit();
    const second = await commit({ attribution: "app" }, { changes: [{ path: "more.txt", content: branch }] });
    const attribution = "app";
    expect(second.body.pull_request).toEqual({ ...Object(first.body.pull_request), attribution, created: false });
  });

  test("by a call that was overtaken while it looked", async () => {
    const first = await commit();
    // The list of open ones comes late: another call has opened one since.
    stack.sandbox.faults.add({
      match: { method: "GET", path: "/repos/acme/site/pulls" },
      respond: { status: 200, body: [] },
    });
    const second = await commit({}, { changes: [{ path: "more.txt", content: branch }] });
    expect(second.body.pull_request).toEqual({ ...Object(first.body.pull_request), created: false });
  });

  test("but one to another base is another one", async () => {
    git(stack, "acme/site", "branch", "release/2", "main");
    const first = await commit();
    const second = await commit({ base: "release/2" }, { changes: [{ path: "more.txt", content: branch }] });
    expect(second.body.pull_request).toMatchObject({ created: true });
    expect(second.body.pull_request).not.toEqual(first.body.pull_request);
  });
});

describe("where it can't be opened the commit stands, and the answer says why", () => {
  /** The commit is there, no pull request is, and the audit log has both. */
  async function refused(answer: ApiAnswer, code: string, detail: RegExp, where = branch): Promise<void> {
    expect(answer.status).toBe(201);
    expect(answer.body.oid).toBe(stack.sandbox.repository("acme/site").head(where));
    expect(answer.body).not.toHaveProperty("pull_request");
    expect(answer.body.pull_request_error).toEqual({ code, detail: expect.stringMatching(detail) });
    expect((await pulls()).filter(({ head }) => head.ref === where)).toEqual([]);
    const [made, opening] = (await auditSince(stack)).slice(-2);
    expect(made).toMatchObject({ action: "commit", result: "succeeded" });
    expect(opening).toMatchObject({ action: "pull_request", result: "failed", code, branch: where });
  }

  test("when there is nothing to merge", async () => {
    await refused(await commit({}, { branch: "main" }), "bad_request", /No commits between main and main/, "main");
  });

  test("when the base is unknown", async () => {
    await refused(await commit({ base: "nowhere" }), "bad_request", /Validation Failed/);
  });

  test.each([
    ["reading the default branch", { path: "/repos/acme/site" }],
    ["looking for an open one", { method: "GET", path: "/repos/acme/site/pulls" }],
    ["opening it", { method: "POST", path: "/repos/acme/site/pulls" }],
  ])("when GitHub fails at %s", async (_name, match) => {
    stack.sandbox.faults.add({ match, respond: { status: 502, body: "<html>" } });
    await refused(await commit(), "provider_unavailable", /Try again/);
  });

  test("when GitHub's limit is reached for longer than a call waits", async () => {
    const limited = { status: 429, headers: { "retry-after": "600" }, body: { message: "API rate limit exceeded" } };
    stack.sandbox.faults.add({ match: { method: "POST", path: "/repos/acme/secret/pulls" }, respond: limited });
    // In a repository of its own: the app's turn there comes in ten minutes.
    const answer = await commit({ attribution: "app" }, { repository: "acme/secret" });
    expect(answer.status).toBe(201);
    expect(answer.body.oid).toBe(stack.sandbox.repository("acme/secret").head(branch));
    expect(answer.body.pull_request_error).toMatchObject({ code: "rate_limited" });
  });

  test("when the owner has not given the app the permission", async () => {
    const all = { contents: "write", issues: "write", metadata: "read", workflows: "write" } as const;
    stack.sandbox.updateApp({ permissions: all });
    try {
      await refused(await commit(), "no_write_access", /not accessible by integration/i);
      // In a repository for which the app has no token yet.
      await stack.sandbox.addRepository("acme/lab", { files: { "README.md": "Lab" } });
      const answer = await commit({ attribution: "app" }, { repository: "acme/lab" });
      expect(answer.body.oid).toBe(stack.sandbox.repository("acme/lab").head(branch));
      const detail = expect.stringMatching(/lacks a permission/);
      expect(answer.body.pull_request_error).toEqual({ code: "no_write_access", detail });
    } finally {
      stack.sandbox.updateApp({ permissions: { ...all, pull_requests: "write" } });
      stack.sandbox.updateInstallation("acme", { acceptPermissions: true });
    }
  });

  test("when it should carry the name of somebody who has not connected", async () => {
    await stack.signIn("grace");
    await stack.delegate("gh.4712036", "review-bot", ["acme/*"], [], ["commit", "pull-request"]);
    const answer = await commit({}, { user: "gh.4712036", attribution: "app" });
    await refused(answer, "not_connected", /has not connected/);
    branch = `${branch}-fallback`;
    const wish = { attribution: "user-or-app" };
    const fallen = await commit(wish, { user: "gh.4712036", attribution: "app" });
    expect(fallen.body.pull_request).toMatchObject({ attribution: "app", fallback_reason: "not_connected" });
  });
});

test("an answer that is lost is no second pull request when the key is repeated", async () => {
  stack.sandbox.faults.add({ match: { method: "POST", path: "/repos/acme/site/pulls" }, dropAfterHandling: true });
  const options = { headers: { "idempotency-key": `pull ${branch}`.replace(" ", "-") } };
  const first = await commit({}, {}, options);
  expect(first.body.pull_request_error).toMatchObject({ code: "provider_unavailable" });
  const second = await commit({}, {}, options);
  expect(second.body).toMatchObject({ oid: first.body.oid, pull_request: { created: false } });
  expect(second.body).not.toHaveProperty("pull_request_error");
  expect((await pulls()).filter(({ head }) => head.ref === branch)).toHaveLength(1);
  const third = await commit({}, {}, options);
  expect(third.headers.get("idempotent-replayed")).toBe("true");
  expect(third.body).toEqual(second.body);
});

test("what a person has mended since is opened when the key is repeated, for the commit that is there", async () => {
  const grace = "gh.4712036";
  await stack.signIn("grace");
  await stack.delegate(grace, "review-bot", ["acme/site"], ["mended"], ["commit", "pull-request"]);
  const options = { headers: { "idempotency-key": "mended" } };
  const change = { user: grace, attribution: "app", branch: "mended" };
  const first = await commit({}, change, options);
  expect(first.body.pull_request_error).toMatchObject({ code: "not_connected" });
  await stack.connect("grace");
  const second = await commit({}, change, options);
  expect(second.body).toMatchObject({ oid: first.body.oid, pull_request: { attribution: "user", created: true } });
  expect((await commit({}, change, options)).body).toEqual(second.body);
});

describe("nothing is done", () => {
  test("without the capability to open pull requests there", async () => {
    const { key: other } = await stack.bot("commit-bot");
    await stack.delegate("gh.583231", "commit-bot", ["acme/*"]);
    await stack.delegate("gh.583231", "commit-bot", ["acme/secret"], [], ["pull-request"]);
    const before = { standing: await standing(stack), sent: sent(stack) };
    const answer = await stack.commit(other, { branch, base: "main", pull_request: { title: "Look" } });
    expectProblem(answer, 403, "delegation_required", {
      detail: /"pull-request" in acme\/site/,
      action_url: expect.stringContaining(`${stack.url}/permissions?bot=commit-bot&`),
    });
    expect({ standing: await standing(stack), sent: sent(stack) }).toEqual(before);
    // Two permissions that cover the place are as good as one.
    await stack.delegate("gh.583231", "commit-bot", ["acme/site"], ["bots/*"], ["pull-request"]);
    const allowed = await stack.commit(other, { branch, base: "main", pull_request: { title: "Look" } });
    expect(allowed.body).toMatchObject({ pull_request: { created: true } });
  });

  test("where the commit is refused", async () => {
    const before = await pulls();
    const old = refs(stack, "acme/site");
    const answer = await commit({}, { changes: [{ path: "not/there", delete: true }] });
    expectProblem(answer, 422, "path_missing");
    expect([await pulls(), refs(stack, "acme/site")]).toEqual([before, old]);
  });

  test.each([
    ["no title", {}, "bad_request"],
    ["an empty title", { title: " " }, "bad_request"],
    ["an unknown name", { title: "Look", head: "x" }, "unknown_field"],
    ["an unknown attribution", { title: "Look", attribution: "bot" }, "bad_request"],
  ])("for %s", async (_name, wish, code) => {
    const before = sent(stack);
    expectProblem(await commit({}, { pull_request: wish }), 400, code);
    expect(sent(stack)).toBe(before);
  });
});
