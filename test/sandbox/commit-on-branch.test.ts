import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize } from "./authorize.ts";
import { COMMIT, call, commit, graphql } from "./call.ts";

let sandbox: Sandbox;
let ada: string;
let grace: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  ada = (await authorize(sandbox, "ada")).access_token;
  grace = (await authorize(sandbox, "grace")).access_token;
});
afterAll(() => sandbox.close());

const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", stdio: "pipe" });

describe("createCommitOnBranch", () => {
  test("commits on the real repository, signed, with the person as author", async () => {
    const before = sandbox.repository("acme/site").head();
    const { status, body } = await commit(sandbox, ada, {
      files: { "docs/new.md": "hello\n" },
      message: { headline: "Say hello", body: "Because." },
    });
    expect(status).toBe(200);
    expect(body.errors).toBeUndefined();
    const made = body.data.createCommitOnBranch;
    expect(made.commit).toMatchObject({
      message: "Say hello\n\nBecause.",
      author: { name: "Ada Lovelace", email: "ada@example.com", user: { login: "ada", databaseId: 583231 } },
      committer: { name: "GitHub", email: "noreply@github.com" },
      signature: { isValid: true, state: "VALID", wasSignedByGitHub: true },
      parents: { nodes: [{ oid: before }] },
    });
    expect(made.ref).toEqual({ name: "main", target: { oid: made.commit.oid } });
    const { path, head } = sandbox.repository("acme/site");
    expect(head()).toBe(made.commit.oid);
    expect(git("--git-dir", path, "show", `${made.commit.oid}:docs/new.md`)).toBe("hello\n");
    git("--git-dir", path, "fsck", "--strict", "--no-dangling");
  });

  test("a person whose e-mail is private commits with the noreply address", async () => {
    const { body } = await commit(sandbox, grace, { files: { "grace.txt": "g" } });
    expect(body.data.createCommitOnBranch.commit.author.email).toBe("4712036+grace@users.noreply.github.com");
    expect((await call(sandbox, "GET", "/user", { token: grace })).body.email).toBeNull();
  });
});

describe("strictness", () => {
  const fault = async (answer: ReturnType<typeof commit>) => {
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(body.data).toEqual({ createCommitOnBranch: null });
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]).toMatchObject({ path: ["createCommitOnBranch"], locations: [expect.anything()] });
    return body.errors[0];
  };
  const without = (token: string, additions: object[], deletions: object[] = []) =>
    graphql(sandbox, token, COMMIT, {
      input: {
        branch: { repositoryNameWithOwner: "acme/site", branchName: "main" },
        expectedHeadOid: sandbox.repository("acme/site").head(),
        message: { headline: "x" },
        fileChanges: { additions, deletions },
      },
    });

  test("a moved branch is STALE_DATA and nothing changes", async () => {
    const old = sandbox.repository("acme/site").head();
    await commit(sandbox, ada, { files: { "moved.txt": String(Math.random()) } });
    const head = sandbox.repository("acme/site").head();
    expect(await fault(commit(sandbox, ada, { head: old }))).toMatchObject({
      type: "STALE_DATA",
      message: `Expected branch to point to "${old}" but it did not. Pull and try again.`,
    });
    expect(sandbox.repository("acme/site").head()).toBe(head);
  });

  test("who may not write is told so", async () => {
    const linus = (await authorize(sandbox, "linus")).access_token;
    expect(await fault(commit(sandbox, linus))).toMatchObject({
      type: "FORBIDDEN",
      message: "linus does not have the correct permissions to execute `CreateCommitOnBranch`",
    });
  });

  test("an invisible repository does not exist", async () => {
    const linus = (await authorize(sandbox, "linus")).access_token;
    expect(await fault(commit(sandbox, linus, { repository: "acme/secret" }))).toMatchObject({
      type: "NOT_FOUND",
      message: "Could not resolve to a Repository with the name 'acme/secret'.",
    });
  });

  test("where the app is not installed, nothing can be written", async () => {
    // From all to selected: a repository added later is not covered by itself, as on GitHub.
    await sandbox.addRepository("ada/elsewhere", { files: { a: "1" }, installed: false });
    const answer = await fault(commit(sandbox, ada, { repository: "ada/elsewhere" }));
    expect(answer).toMatchObject({ type: "FORBIDDEN", message: "Resource not accessible by integration" });
  });

  test("a missing branch is NOT_FOUND, an archived repository read-only", async () => {
    const head = sandbox.repository("acme/site").head();
    expect(await fault(commit(sandbox, ada, { branch: "nowhere", head }))).toMatchObject({ type: "NOT_FOUND" });
    await sandbox.addRepository("acme/old", { files: { a: "1" }, archived: true });
    expect(await fault(commit(sandbox, ada, { repository: "acme/old" }))).toMatchObject({
      message: "Repository was archived so is read-only.",
    });
  });

  test.each([
    [
      false,
      "BRANCH_PROTECTION_RULE_VIOLATION",
      "Branch protection rule violations found: Changes must be made through a pull request.",
    ],
    [true, "UNPROCESSABLE", "Repository rule violations found\n\nChanges must be made through a pull request."],
  ])("a protected branch, with rulesets %s", async (rulesets, type, message) => {
    sandbox.switches.rulesets = rulesets;
    sandbox.updateRepository("ada/notes", { protectedBranches: ["main"] });
    expect(await fault(commit(sandbox, ada, { repository: "ada/notes" }))).toMatchObject({ type, message });
    sandbox.switches.rulesets = false;
    sandbox.updateRepository("ada/notes", { protectedBranches: [] });
  });

  test("a deletion of what is not there aborts everything", async () => {
    const head = sandbox.repository("acme/site").head();
    expect(await fault(commit(sandbox, ada, { files: { "never.txt": "x" }, deletions: ["no/such"] }))).toMatchObject({
      message: `A path was requested for deletion which does not exist as of commit oid \`${head}\``,
    });
    expect(sandbox.repository("acme/site").head()).toBe(head);
  });

  test.each(["../up", "a/../b", ".git/config", "a/.GIT/x", "/a", "a//b", "a/", ""])(
    "the path %j is refused",
    async (path) => {
      expect(await fault(without(ada, [{ path, contents: "YQ==" }]))).toHaveProperty("message");
    },
  );

  test("a path twice, a file that is also a folder, and base64 without padding are refused", async () => {
    await fault(
      without(ada, [
        { path: "a", contents: "YQ==" },
        { path: "a", contents: "YQ==" },
      ]),
    );
    await fault(without(ada, [{ path: "a", contents: "YQ==" }], [{ path: "a" }]));
    await fault(
      without(ada, [
        { path: "f", contents: "YQ==" },
        { path: "f/g", contents: "YQ==" },
      ]),
    );
    await fault(without(ada, [{ path: "a", contents: "YQ" }]));
    await fault(without(ada, [{ path: "a", contents: "Y!==" }]));
  });

  test("only what GitHub's schema declares is executed", async () => {
    const { body } = await graphql(sandbox, ada, "{ viewer { login shoeSize } }");
    expect(body.data).toBeUndefined();
    expect(body.errors[0]).toMatchObject({ message: "Field 'shoeSize' doesn't exist on type 'User'" });
    const unanswered = await graphql(sandbox, ada, "{ viewer { bio } }");
    expect(unanswered.body.errors[0].message).toContain("does not answer User.bio");
  });

  test("a bad token is a 401 as in REST", async () => {
    const { status, body } = await graphql(sandbox, "ghu_bad", "{ viewer { login } }");
    expect(status).toBe(401);
    expect(body).toMatchObject({ message: "Bad credentials", status: "401" });
  });
});

describe("what is written", () => {
  test("a file keeps its mode, a new one is 100644, an empty folder goes", async () => {
    const source = mkdtempSync(join(tmpdir(), "source-"));
    git("init", "--quiet", "--initial-branch=trunk", source);
    mkdirSync(join(source, "bin"));
    writeFileSync(join(source, "bin/run"), "#!/bin/sh\n", { mode: 0o755 });
    mkdirSync(join(source, "gone/deep"), { recursive: true });
    writeFileSync(join(source, "gone/deep/file"), "x");
    git("-C", source, "add", ".");
    git("-C", source, "-c", "user.name=S", "-c", "user.email=s@example.com", "commit", "--quiet", "-m", "Start");
    await sandbox.addRepository("acme/modes", { from: source });
    const repository = sandbox.repository("acme/modes");
    const { body } = await commit(sandbox, ada, {
      repository: "acme/modes",
      branch: "trunk",
      files: { "bin/run": "#!/bin/sh\necho\n", "bin/new": "n" },
      deletions: ["gone/deep/file"],
    });
    expect(body.errors).toBeUndefined();
    const tree = git("--git-dir", repository.path, "ls-tree", "-r", repository.head("trunk"));
    expect(tree.split("\n").map((line) => line.replace(/ blob .*\t/, " "))).toEqual([
      "100644 bin/new",
      "100755 bin/run",
      "",
    ]);
    git("--git-dir", repository.path, "fsck", "--strict", "--no-dangling");
    rmSync(source, { recursive: true });
  });

  test("git itself verifies the signature", async () => {
    const { body } = await commit(sandbox, ada, { files: { "signed.txt": String(Math.random()) } });
    const signers = join(mkdtempSync(join(tmpdir(), "signers-")), "allowed");
    writeFileSync(signers, `noreply@github.com ${sandbox.signingPublicKey}\n`);
    const { path } = sandbox.repository("acme/site");
    const { oid } = body.data.createCommitOnBranch.commit;
    git("--git-dir", path, "-c", `gpg.ssh.allowedSignersFile=${signers}`, "verify-commit", oid);
  });

  test("many at once on one branch: one wins each round and none is lost", async () => {
    await sandbox.addRepository("acme/busy", { files: { "README.md": "busy" } });
    const write = async (name: string): Promise<void> => {
      for (;;) {
        const { body } = await commit(sandbox, ada, { repository: "acme/busy", files: { [`f/${name}`]: name } });
        if (!body.errors) return;
        expect(body.errors[0].type).toBe("STALE_DATA");
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => write(String(index))));
    const { path, head } = sandbox.repository("acme/busy");
    expect(git("--git-dir", path, "rev-list", "--count", head()).trim()).toBe("13");
    expect(git("--git-dir", path, "ls-tree", "-r", "--name-only", head(), "f/").trim().split("\n")).toHaveLength(12);
    git("--git-dir", path, "fsck", "--strict");
  });

  test("a large binary file comes out as it went in", async () => {
    const bytes = randomBytes(3_000_000);
    const { body } = await graphql(sandbox, ada, COMMIT, {
      input: {
        branch: { repositoryNameWithOwner: "acme/site", branchName: "main" },
        expectedHeadOid: sandbox.repository("acme/site").head(),
        message: { headline: "Large" },
        fileChanges: { additions: [{ path: "large.bin", contents: bytes.toString("base64") }] },
      },
    });
    expect(body.errors).toBeUndefined();
    const answer = await call(sandbox, "GET", "/repos/acme/site/contents/large.bin", { token: ada });
    expect(Buffer.from(answer.body.content, "base64").equals(bytes)).toBe(true);
  });
});

describe("queries", () => {
  test("answer what a client asks before it commits", async () => {
    const query = `query($owner: String!, $name: String!) {
      viewer { login databaseId }
      rateLimit { remaining }
      repository(owner: $owner, name: $name) {
        id databaseId nameWithOwner isArchived viewerPermission
        defaultBranchRef { name target { oid } }
        ref(qualifiedName: "refs/heads/main") { id name target { oid ... on Commit { history(first: 1) { nodes { oid } } } } }
        missing: ref(qualifiedName: "refs/heads/none") { name }
        object(expression: "main:README.md") { ... on Blob { text } }
      }
    }`;
    const { body } = await graphql(sandbox, ada, query, { owner: "acme", name: "site" });
    const oid = sandbox.repository("acme/site").head();
    expect(body).toMatchObject({
      data: {
        viewer: { login: "ada", databaseId: 583231 },
        repository: {
          nameWithOwner: "acme/site",
          isArchived: false,
          viewerPermission: "ADMIN",
          defaultBranchRef: { name: "main", target: { oid } },
          ref: { name: "main", target: { oid, history: { nodes: [{ oid }] } } },
          missing: null,
          object: { text: "# Acme\n\nThe site of Acme.\n" },
        },
      },
    });
    expect(body.errors).toBeUndefined();
  });

  test("refs are made, used by their id, and deleted", async () => {
    const look = await graphql(sandbox, ada, '{ repository(owner: "acme", name: "site") { id } }');
    const oid = sandbox.repository("acme/site").head();
    const made = await graphql(
      sandbox,
      ada,
      "mutation($input: CreateRefInput!) { createRef(input: $input) { ref { id name } } }",
      { input: { repositoryId: look.body.data.repository.id, name: "refs/heads/topic", oid } },
    );
    const { id } = made.body.data.createRef.ref;
    const input = { branch: { id }, expectedHeadOid: oid, message: { headline: "By id" }, fileChanges: {} };
    const committed = await graphql(sandbox, ada, COMMIT, { input });
    expect(committed.body.data.createCommitOnBranch.ref.name).toBe("topic");
    const gone = await graphql(
      sandbox,
      ada,
      "mutation($input: DeleteRefInput!) { deleteRef(input: $input) { clientMutationId } }",
      { input: { refId: id } },
    );
    expect(gone.body.errors).toBeUndefined();
    expect(() => sandbox.repository("acme/site").head("topic")).toThrow();
  });

  test("updateRefs makes and removes a ref only where it is as expected", async () => {
    const look = await graphql(sandbox, ada, '{ repository(owner: "acme", name: "site") { id } }');
    const repositoryId = look.body.data.repository.id;
    const head = sandbox.repository("acme/site").head();
    const none = "0".repeat(40);
    const update = (beforeOid: string, afterOid: string) =>
      graphql(sandbox, ada, "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }", {
        input: { repositoryId, refUpdates: [{ name: "refs/heads/exact", beforeOid, afterOid }] },
      });
    expect((await update(none, head)).body.errors).toBeUndefined();
    expect((await update(none, head)).body.errors).toHaveLength(1);
    expect(sandbox.repository("acme/site").head("exact")).toBe(head);
    expect((await update(head, none)).body.errors).toBeUndefined();
    expect(() => sandbox.repository("acme/site").head("exact")).toThrow();
  });
});
