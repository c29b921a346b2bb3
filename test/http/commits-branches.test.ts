import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gate, openGate } from "../harness/gate.ts";
import { git, moveBranch, sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let gate: Gate;
let key: string;
let commit: (change: Record<string, unknown>) => Promise<ApiAnswer>;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
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

const headOf = (branch: string) => stack.sandbox.repository("acme/site").head(branch);
const parentOf = (branch: string) => git(stack, "acme/site", "rev-parse", `refs/heads/${branch}^`);

/** A commit that adds a file to main's, as the head of a pull request from a fork: no branch has it. */
function elsewhere(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), "onbehalf-index-"));
  const repository = stack.sandbox.repository("acme/site").path;
  const env = { ...process.env, GIT_INDEX_FILE: join(folder, "index") };
  const run = (...args: string[]) =>
    execFileSync("git", ["--git-dir", repository, ...args], { env })
      .toString()
      .trim();
  const blob = git(stack, "acme/site", "rev-parse", "refs/heads/main:README.md");
  run("read-tree", "refs/heads/main");
  run("update-index", "--add", "--cacheinfo", `100644,${blob},${path}`);
  const who = ["-c", "user.name=Eve", "-c", "user.email=eve@example.com"];
  const oid = run(...who, "commit-tree", run("write-tree"), "-p", "refs/heads/main", "-m", "Not reviewed");
  rmSync(folder, { recursive: true });
  return oid;
}

test("a branch that doesn't exist is made from a base branch", async () => {
  const main = headOf("main");
  const answer = await stack.commit(key, { branch: "bots/from-branch", base: "main" });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ branch: "bots/from-branch", author: { login: "ada" }, verified: true });
  expect(headOf("bots/from-branch")).toBe(answer.body.oid);
  expect(parentOf("bots/from-branch")).toBe(main);
  expect(headOf("main")).toBe(main);
});

test("a branch that doesn't exist is made from a commit, also one that no branch ends at", async () => {
  const old = headOf("main");
  moveBranch(stack, "acme/site", "main");
  const answer = await stack.commit(key, { branch: "bots/from-commit", base: old });
  expect(answer.status).toBe(201);
  expect(parentOf("bots/from-commit")).toBe(old);
});

test.each([
  ".github/workflows/evil.yml",
  ".github/actions/x/action.yml",
  "CODEOWNERS",
  ".github/CODEOWNERS",
  "docs/CODEOWNERS",
])("a commit that no branch has is no base when it has another %s, unless the bot may change it", async (path) => {
  const base = elsewhere(path);
  const before = await standing(stack);
  const asked = sent(stack);
  const place = path.replace(/(workflows|actions)\/.*/, "$1");
  const detail = new RegExp(`another "${place}" than the default branch`);
  expectProblem(await stack.commit(key, { branch: "bots/elsewhere", base }), 403, "protected_path", { detail });
  const expecting = { branch: "bots/elsewhere", base, expected_head: base };
  expectProblem(await stack.commit(key, expecting), 403, "protected_path");
  expect(await standing(stack)).toEqual(before);
  // A branch that isn't there is found out by trying where the head is known.
  expect(sent(stack) - asked).toBe(5);

  const { name, key: trusted } = await stack.bot(`trusted-${path.replaceAll("/", "-")}`);
  await stack.delegate("gh.583231", name, ["acme/site"], [], ["commit", "workflows"]);
  expect((await stack.commit(trusted, { branch: `bots/with-${path}`, base })).status).toBe(201);
});

test("a commit that no branch has is a base where it changes nothing protected", async () => {
  const base = elsewhere("harmless.md");
  expect((await stack.commit(key, { branch: "bots/harmless", base })).status).toBe(201);
  expect(parentOf("bots/harmless")).toBe(base);
});

test("a branch that exists is committed to where it is, whatever the base", async () => {
  git(stack, "acme/site", "update-ref", "refs/heads/bots/there", headOf("main"));
  const there = moveBranch(stack, "acme/site", "bots/there");
  expect((await stack.commit(key, { branch: "bots/there", base: "main" })).status).toBe(201);
  expect(parentOf("bots/there")).toBe(there);
  expect((await stack.commit(key, { branch: "bots/there", base: "no-such-base" })).status).toBe(201);
});

test("for a new branch expected_head is compared with the base", async () => {
  const main = headOf("main");
  const made = await stack.commit(key, { branch: "bots/expected", base: "main", expected_head: main });
  expect(made.status).toBe(201);
  expect(parentOf("bots/expected")).toBe(main);

  const head = moveBranch(stack, "acme/site", "main");
  const before = await standing(stack);
  const late = await stack.commit(key, { branch: "bots/late", base: "main", expected_head: main });
  expectProblem(late, 409, "head_moved", { head });
  expect(await standing(stack)).toEqual(before);
});

test.each([
  ["no base", {}],
  ["no base, but an expected_head", { expected_head: "main" }],
  ["an unknown branch as base", { base: "no-such-branch" }],
  ["an unknown commit as base", { base: "ab".repeat(20) }],
  ["a file's id as base", { base: "blob" }],
  ["a shortened commit id as base", { base: "short" }],
])(
  "a missing branch with %s is not found, and not made",
  async (_what, change: { base?: string; expected_head?: string }) => {
    const main = headOf("main");
    const ids: Record<string, string> = {
      main,
      short: main.slice(0, 12),
      blob: git(stack, "acme/site", "rev-parse", "main:README.md"),
    };
    const named = Object.fromEntries(Object.entries(change).map(([name, value]) => [name, ids[value] ?? value]));
    const before = await standing(stack);
    expectProblem(await stack.commit(key, { branch: "bots/nowhere", ...named }), 404, "branch_not_found", {
      detail: /bots\/nowhere/,
    });
    expect(await standing(stack)).toEqual(before);
  },
);

test("a new branch is taken away again when the commit fails", async () => {
  const before = await standing(stack);
  const changes = [{ path: "not/there", delete: true }];
  expectProblem(await stack.commit(key, { branch: "bots/failed", base: "main", changes }), 422, "path_missing");
  const expected = { branch: "bots/failed", base: "main", expected_head: headOf("main"), changes };
  expectProblem(await stack.commit(key, expected), 422, "path_missing");
  expect(await standing(stack)).toEqual(before);
});

test("a new branch is taken away again when GitHub fails", async () => {
  const before = await standing(stack);
  const down = { match: { operation: "createCommitOnBranch" }, respond: { status: 502, body: "<html>" }, times: 3 };
  stack.sandbox.faults.add(down);
  expectProblem(await stack.commit(key, { branch: "bots/failed", base: "main" }), 503, "provider_unavailable");
  expect(await standing(stack)).toEqual(before);
});

test("a new branch that somebody has moved meanwhile is left to them", async () => {
  let theirs = "";
  gate.before("createCommitOnBranch", () => {
    theirs = moveBranch(stack, "acme/site", "bots/theirs");
  });
  const answer = await commit({ branch: "bots/theirs", base: "main", changes: [{ path: "not/there", delete: true }] });
  expectProblem(answer, 422, "path_missing");
  expect(headOf("bots/theirs")).toBe(theirs);
});

test("a new branch whose removal fails keeps what the person has to know: why the commit failed", async () => {
  // The first change of a ref makes the branch, the second one would take it away.
  gate.before("createCommitOnBranch", () => {
    stack.sandbox.faults.add({ match: { operation: "updateRefs" }, dropBefore: true });
  });
  const changes = [{ path: "not/there", delete: true }];
  expectProblem(await commit({ branch: "bots/left-over", base: "main", changes }), 422, "path_missing");
  expect(headOf("bots/left-over")).toBe(headOf("main"));
});

test("when the answer to a first commit is lost, that commit is found and answered", async () => {
  stack.sandbox.faults.add({ match: { operation: "createCommitOnBranch" }, dropAfterHandling: true });
  const answer = await stack.commit(key, { branch: "bots/lost", base: "main" });
  expect(answer.status).toBe(201);
  expect(headOf("bots/lost")).toBe(answer.body.oid);
  expect(parentOf("bots/lost")).toBe(headOf("main"));
});

test("two commits that make the same new branch at once both get in", async () => {
  const main = headOf("main");
  const make = (path: string) =>
    stack.commit(key, { branch: "bots/shared", base: "main", changes: [{ path, content: path }] });
  const answers = await Promise.all([make("one.txt"), make("two.txt")]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(git(stack, "acme/site", "rev-list", "--count", `${main}..refs/heads/bots/shared`)).toBe("2");
});

test("with expected_head, a branch that somebody makes meanwhile at that very commit is committed to", async () => {
  const main = headOf("main");
  gate.before("updateRefs", () => git(stack, "acme/site", "update-ref", "refs/heads/bots/overtaken", main));
  const answer = await commit({ branch: "bots/overtaken", base: "main", expected_head: main });
  expect(answer.status).toBe(201);
  expect(parentOf("bots/overtaken")).toBe(main);
});

test("with expected_head, a branch that somebody makes meanwhile elsewhere is a conflict", async () => {
  const main = headOf("main");
  let head = "";
  gate.before("updateRefs", () => {
    git(stack, "acme/site", "update-ref", "refs/heads/bots/taken", main);
    head = moveBranch(stack, "acme/site", "bots/taken");
  });
  const answer = await commit({ branch: "bots/taken", base: "main", expected_head: main });
  expectProblem(answer, 409, "head_moved", { head });
  expect(headOf("bots/taken")).toBe(head);
});

test.each([
  ["bots/deep/er", "bots/deep"],
  ["bots/deep/er#still/x", "bots/deep"],
  ["bots", "bots/deep"],
])("%s is refused beside %s, and nothing is made", async (branch, other) => {
  git(stack, "acme/site", "update-ref", "refs/heads/bots/deep", headOf("main"));
  const before = await standing(stack);
  const answer = await stack.commit(key, { branch, base: "main" });
  // Of several below it, any may be named.
  const named = branch === "bots" ? /beside "bots\/[^"]+"/ : new RegExp(`beside "${other}"`);
  expectProblem(answer, 400, "bad_request", { detail: named });
  expect(await standing(stack)).toEqual(before);
});
