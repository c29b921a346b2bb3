import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Gate, openGate } from "../harness/gate.ts";
import { git, graphqlSince, moveBranch, sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let gate: Gate;
let key: string;
/** Commits without GitHub's signature, through the gate. */
let commit: (change: Record<string, unknown>) => Promise<ApiAnswer>;

beforeAll(async () => {
  for (const login of ["ada", "linus"]) await stack.connect(login);
  key = (await stack.bot("deploy-bot")).key;
  for (const user of ["gh.583231", "gh.1024025"]) await stack.delegate(user, "deploy-bot", ["*"]);
  gate = await openGate(stack.sandbox);
  const { url } = await stack.replica({ GITHUB_API_URL: gate.apiUrl });
  commit = (change) => stack.commit(key, { require_verified: false, ...change }, { url });
});
afterEach(() => {
  gate.clear();
  stack.sandbox.faults.clear();
  stack.sandbox.switches.writeWithoutAccessIsNotFound = true;
  stack.sandbox.updateRepository("acme/site", { protectedBranches: [] });
});
afterAll(() => gate.close());

const script = (path = "run", content = "#!/bin/sh\n") => ({ path, content, mode: "100755" });
const modes = (revision = "main") =>
  git(stack, "acme/site", "ls-tree", "-r", "--format=%(objectmode) %(path)", revision).split("\n");
const parent = (revision = "main") => git(stack, "acme/site", "rev-parse", `${revision}^`);
const head = (branch = "main") => stack.sandbox.repository("acme/site").head(branch);
const hash = (bytes: Buffer) => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

describe("what GitHub does not sign is committed where no signature is asked for", () => {
  test("an executable, a link, nested folders, and what goes", async () => {
    await commit({ changes: [{ path: "old/er/file.txt", content: "old" }] });
    const before = head();
    const answer = await commit({
      message: { headline: "Add a script", body: "It runs.\n" },
      changes: [
        script("bin/deep/run"),
        { path: "link", content: "bin/deep/run", mode: "120000" },
        { path: "docs/new/page.md", content: "Ünïcode\n" },
        { path: "old/er/file.txt", delete: true },
      ],
    });
    expect(answer.body).toEqual({
      oid: head(),
      url: `${stack.sandbox.webUrl}/acme/site/commit/${head()}`,
      branch: "main",
      verified: false,
      attribution: "user",
      author: { login: "ada", name: "Ada Lovelace", email: "ada@example.com" },
      transport: "git-data",
    });
    expect(answer.status).toBe(201);
    expect(modes()).toEqual([
      "100644 README.md",
      "100755 bin/deep/run",
      "100644 docs/new/page.md",
      "120000 link",
      "100644 src/index.html",
    ]);
    expect(git(stack, "acme/site", "show", "main:link")).toBe("bin/deep/run");
    expect(git(stack, "acme/site", "show", "main:docs/new/page.md")).toBe("Ünïcode");
    expect(git(stack, "acme/site", "log", "-1", "--format=%an <%ae>|%cn|%B")).toBe(
      "Ada Lovelace <ada@example.com>|Ada Lovelace|Add a script\n\nIt runs.",
    );
    expect(parent()).toBe(before);
    expect(git(stack, "acme/site", "fsck", "--strict", "--full", "--no-dangling")).toBe("");
  });

  test("a file keeps the mode that it has, unless the change names one; a link's new content is a plain file", async () => {
    const kinds = ["kept", "plain", "changed"].map((name) => script(`modes/${name}`));
    await commit({ changes: [...kinds, { path: "modes/link", content: "kept", mode: "120000" }] });
    await commit({
      changes: [
        { path: "modes/kept", content: "kept" },
        { path: "modes/plain", content: "plain", mode: "100644" },
        { path: "modes/changed", content: "kept", mode: "120000" },
        { path: "modes/link", content: "no link any more" },
        script("modes/new"),
      ],
    });
    expect(modes("main:modes")).toEqual(["120000 changed", "100755 kept", "100644 link", "100755 new", "100644 plain"]);
  });

  test("more than 40 MB, in two files", async () => {
    const bytes = [1, 2].map((fill) => Buffer.alloc(21 * 1024 * 1024, fill));
    const changes = bytes.map((content, index) => ({
      path: `large/${index}`,
      content_base64: content.toString("base64"),
    }));
    const answer = await stack.commit(key, { require_verified: false, changes });
    expect(answer.body).toMatchObject({ verified: false, transport: "git-data" });
    const stored = [0, 1].map((index) => git(stack, "acme/site", "rev-parse", `main:large/${index}`));
    expect(stored).toEqual(bytes.map(hash));
  });

  test("on a branch that is made from its base", async () => {
    const main = head();
    const answer = await commit({ branch: "bots/script", base: "main", changes: [script()] });
    expect(answer.body).toMatchObject({ oid: head("bots/script"), branch: "bots/script", transport: "git-data" });
    expect(parent("bots/script")).toBe(main);
    expect(head()).toBe(main);
  });

  test("but what GitHub can sign is signed all the same", async () => {
    const before = sent(stack);
    const answer = await commit({ changes: [{ path: "plain.txt", content: "plain" }] });
    expect(answer.body).toMatchObject({ verified: true, transport: "graphql" });
    expect(graphqlSince(stack, before)).toHaveLength(2);
  });
});

describe("a head that moves", () => {
  test("is read again", async () => {
    let theirs = "";
    gate.before("/git/refs/heads%2Fmain", () => {
      theirs = moveBranch(stack, "acme/site", "main");
    });
    const answer = await commit({ changes: [script("moved")] });
    expect(answer.status).toBe(201);
    expect([head(), parent()]).toEqual([answer.body.oid, theirs]);
  });

  test("is a conflict with expected_head, and their commit stays the head", async () => {
    const expected = head();
    let theirs = "";
    gate.before("/git/refs/heads%2Fmain", () => {
      theirs = moveBranch(stack, "acme/site", "main");
    });
    const answer = await commit({ changes: [script("conflict")], expected_head: expected });
    expectProblem(answer, 409, "head_moved", { head: theirs });
    expect(head()).toBe(theirs);
    expectProblem(await commit({ changes: [script()], expected_head: expected }), 409, "head_moved", { head: theirs });
  });

  test("is one, too, when expected_head is a commit of elsewhere that the branch could be moved to", async () => {
    const before = await standing(stack);
    const here = head();
    const who = ["-c", "user.name=Eve", "-c", "user.email=eve@example.com"];
    const tree = git(stack, "acme/site", "mktree");
    // As the head of somebody's pull request: no branch has it, but the repository knows it.
    const elsewhere = git(stack, "acme/site", ...who, "commit-tree", tree, "-p", here, "-m", "Not reviewed");
    expectProblem(await commit({ changes: [script()], expected_head: elsewhere }), 409, "head_moved", { head: here });
    expect(await standing(stack)).toEqual(before);
  });

  test("by our own commit, whose answer was lost, is that commit", async () => {
    const before = head();
    stack.sandbox.faults.add({ match: { method: "PATCH" }, dropAfterHandling: true });
    const answer = await commit({ changes: [script("lost")], expected_head: before });
    expect(answer.status).toBe(201);
    expect([head(), parent()]).toEqual([answer.body.oid, before]);
    expect(answer.body).toMatchObject({ verified: false, author: { login: "ada", email: "ada@example.com" } });
  });
});

describe("nothing is changed", () => {
  test.each([
    [
      "an executable",
      [{ path: "ok.txt", content: "" }, script("bin/run")],
      /"bin\/run".*100755.*"require_verified": false/,
    ],
    ["a link", [{ path: "a/link", content: "ok", mode: "120000" }], /"a\/link".*120000.*"require_verified": false/],
    [
      "more than 40 MB",
      [{ path: "big", content: "x".repeat(40 * 1024 * 1024 + 1) }],
      /"big".*40 MB.*"require_verified": false/,
    ],
  ])("where a signature is needed for %s", async (_name, changes, detail) => {
    const before = { standing: await standing(stack), sent: sent(stack) };
    expectProblem(await stack.commit(key, { changes }), 422, "cannot_verify", { detail });
    expect({ standing: await standing(stack), sent: sent(stack) }).toEqual(before);
  });

  test("by a file of more than 100 MB", async () => {
    const before = { standing: await standing(stack), sent: sent(stack) };
    const changes = [{ path: "huge.bin", content: "x".repeat(100 * 1024 * 1024 + 1) }];
    expectProblem(await commit({ changes }), 413, "too_large", { detail: /"huge\.bin".*100 MB/ });
    expect({ standing: await standing(stack), sent: sent(stack) }).toEqual(before);
  });

  test("by a path to delete that is not there", async () => {
    const before = await standing(stack);
    const changes = [script("new"), { path: "not/there", delete: true }];
    expectProblem(await commit({ changes }), 422, "path_missing", { detail: /^"not\/there", which is to be deleted,/ });
    expectProblem(await commit({ changes, branch: "bots/failed", base: "main" }), 422, "path_missing");
    expect(await standing(stack)).toEqual(before);
  });

  test.each([true, false])("by who may not write, where GitHub calls that not found: %s", async (hidden) => {
    stack.sandbox.switches.writeWithoutAccessIsNotFound = hidden;
    const before = await standing(stack);
    expectProblem(await commit({ user: "gh.1024025", changes: [script()] }), 403, "no_write_access");
    expect(await standing(stack)).toEqual(before);
  });

  test("on a protected branch", async () => {
    stack.sandbox.updateRepository("acme/site", { protectedBranches: ["main"] });
    const before = await standing(stack);
    expectProblem(await commit({ changes: [script()] }), 422, "branch_protected", { detail: /pull request/i });
    expect(await standing(stack)).toEqual(before);
  });

  test.each(["git/commits", "git/trees", "git/blobs", "git/refs"])("when GitHub fails at %s", async (place) => {
    const before = await standing(stack);
    const path = new RegExp(`/${place}`);
    stack.sandbox.faults.add({ match: { path }, respond: { status: 502, body: "<html>" }, times: 9 });
    expectProblem(await commit({ changes: [script("unlucky")] }), 503, "provider_unavailable");
    expectProblem(
      await commit({ changes: [script()], branch: "bots/unlucky", base: "main" }),
      503,
      "provider_unavailable",
    );
    expect(await standing(stack)).toEqual(before);
  });
});
