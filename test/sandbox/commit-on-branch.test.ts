import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize } from "./authorize.ts";
import { call, commit } from "./call.ts";

let sandbox: Sandbox;
let ada: string;
let grace: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  ada = (await authorize(sandbox, "ada")).access_token;
  grace = (await authorize(sandbox, "grace")).access_token;
});
afterAll(() => sandbox.close());

const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" });

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
    expect(body.data.createCommitOnBranch.commit.author.email).toBe("10137+grace@users.noreply.github.com");
    expect((await call(sandbox, "GET", "/user", { token: grace })).body.email).toBeNull();
  });
});
