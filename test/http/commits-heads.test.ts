import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gate, openGate } from "../harness/gate.ts";
import { git, moveBranch, refs, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let gate: Gate;
let key: string;
/** Commits through a replica whose way to GitHub leads through the gate. */
let commit: (change: Record<string, unknown>) => Promise<ApiAnswer>;

beforeAll(async () => {
  await stack.connect("ada");
  await stack.connect("grace");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
  await stack.delegate("gh.4712036", "deploy-bot", ["acme/*"]);
  gate = await openGate(stack.sandbox);
  const { url } = await stack.replica({ GITHUB_API_URL: gate.apiUrl });
  commit = (change) => stack.commit(key, change, { url });
});
afterEach(() => gate.clear());
afterAll(() => gate.close());

const headOf = (branch = "main") => stack.sandbox.repository("acme/site").head(branch);
const move = () => moveBranch(stack, "acme/site", "main");

test("with expected_head a moved branch is a conflict that names the head, and nothing is written", async () => {
  const old = headOf();
  const head = move();
  const before = await standing(stack);
  const answer = await stack.commit(key, { expected_head: old });
  expectProblem(answer, 409, "head_moved", { head });
  expect(await standing(stack)).toEqual(before);
});

test("with expected_head a branch that moves at the last moment is a conflict, not a retry", async () => {
  const old = headOf();
  const heads: string[] = [];
  gate.before("createCommitOnBranch", () => heads.push(move()), 10);
  const answer = await commit({ expected_head: old });
  expectProblem(answer, 409, "head_moved", { head: headOf() });
  expect(heads).toEqual([headOf()]);
});

test("an expected_head that is no commit of the branch is a conflict", async () => {
  const before = await standing(stack);
  expectProblem(await stack.commit(key, { expected_head: "0".repeat(40) }), 409, "head_moved", { head: headOf() });
  expectProblem(await stack.commit(key, { expected_head: "ab".repeat(32) }), 409, "head_moved", { head: headOf() });
  expect(await standing(stack)).toEqual(before);
});

test("without expected_head a branch that moves between read and commit is read again", async () => {
  let moved = "";
  gate.before("createCommitOnBranch", () => {
    moved = move();
  });
  const answer = await commit({ changes: [{ path: "after-all.txt", content: "1" }] });
  expect(answer.status).toBe(201);
  expect(git(stack, "acme/site", "log", "-1", "--format=%H %P", "main")).toBe(`${answer.body.oid} ${moved}`);
});

test("without expected_head it is tried again five times, and then a conflict that names the head", async () => {
  const heads: string[] = [];
  gate.before("createCommitOnBranch", () => heads.push(move()), 10);
  const answer = await commit({ changes: [{ path: "never.txt", content: "1" }] });
  expectProblem(answer, 409, "head_moved", { head: headOf() });
  expect(heads).toHaveLength(6);
  expect(heads.at(-1)).toBe(headOf());
});

test("a branch that is deleted between read and commit is not brought back", async () => {
  git(stack, "acme/site", "update-ref", "refs/heads/short-lived", headOf());
  gate.before("createCommitOnBranch", () => git(stack, "acme/site", "update-ref", "-d", "refs/heads/short-lived"));
  const before = refs(stack, "acme/site").replace(/.*short-lived\n?/, "");
  const answer = await commit({ branch: "short-lived" });
  expectProblem(answer, 404, "branch_not_found");
  expect(refs(stack, "acme/site")).toBe(before.trimEnd());
});

test("twenty commits at once by two people on one branch are all in, in one line, none twice", async () => {
  await stack.sandbox.addRepository("acme/busy", { files: { "README.md": "busy" } });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      stack.commit(key, {
        user: index % 2 ? "gh.583231" : "gh.4712036",
        repository: "acme/busy",
        message: { headline: `Number ${index}` },
        changes: [{ path: `files/${index}.txt`, content: `${index}\n` }],
      }),
    ),
  );
  expect(answers.map(({ status, body }) => body.code ?? status)).toEqual(answers.map(() => 201));
  const lines = git(stack, "acme/busy", "log", "--format=%H|%P|%an|%s", "main").split("\n");
  expect(lines).toHaveLength(21);
  const commits = lines.slice(0, -1).map((line) => line.split("|"));
  expect(commits.every(([, parents], index) => parents === lines[index + 1]?.split("|")[0])).toBe(true);
  const made = commits.map(([oid, , author, headline]) => `${oid} ${author} ${headline}`).sort();
  const expected = answers.map(
    ({ body }, index) => `${body.oid} ${index % 2 ? "Ada Lovelace" : "Grace Hopper"} Number ${index}`,
  );
  expect(made).toEqual(expected.sort());
  expect(git(stack, "acme/busy", "ls-tree", "--name-only", "main", "files/").split("\n")).toHaveLength(20);
  expect(git(stack, "acme/busy", "fsck", "--strict", "--no-dangling")).toBe("");
});
