import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultSeed, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize } from "./authorize.ts";

let sandbox: Sandbox;
let folder: string;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), "clones-"));
  for (const login of ["ada", "grace", "linus"]) tokens[login] = (await authorize(sandbox, login)).access_token;
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = promisify(execFile);
const identity = ["-c", "user.name=Grace", "-c", "user.email=grace@example.com"];
const git = (...args: string[]) =>
  run("git", [...identity, ...args], {
    env: { PATH: process.env.PATH, HOME: folder, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" },
  });

function remote(name: string, login?: string, of = sandbox) {
  const url = new URL(`${of.webUrl}/${name}.git`);
  if (login) {
    url.username = "x-access-token";
    url.password = tokens[login] ?? login;
  }
  return url.href;
}

async function cloned(name: string, login: string, into: string) {
  const path = join(folder, into);
  await git("clone", "--quiet", remote(name, login), path);
  return path;
}

async function commitFile(path: string, file: string, text: string) {
  writeFileSync(join(path, file), text);
  await git("-C", path, "add", ".");
  await git("-C", path, "commit", "--quiet", "-m", `Write ${file}`);
}

describe("git over HTTP", () => {
  test("anybody clones a public repository, with protocol 2", async () => {
    const path = join(folder, "public");
    await git("-c", "protocol.version=2", "clone", "--quiet", remote("acme/site"), path);
    expect(readFileSync(join(path, "README.md"), "utf8")).toContain("# Acme");
    const seen = sandbox.requests.filter((request) => request.path === "/acme/site.git/git-upload-pack");
    expect(seen.at(-1)).toMatchObject({ method: "POST", status: 200 });
  });

  test("a private one asks for credentials, and is not found by who may not see it", async () => {
    const answer = await fetch(`${remote("acme/secret")}/info/refs?service=git-upload-pack`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Basic realm="GitHub"');
    await expect(git("ls-remote", remote("acme/secret", "linus"))).rejects.toThrow(/not found/);
    await expect(git("ls-remote", remote("acme/secret", "ghu_dead"))).rejects.toThrow(/Authentication failed/);
    expect((await git("ls-remote", remote("acme/secret", "grace"))).stdout).toContain("refs/heads/main");
  });

  test("a push lands in the real repository", async () => {
    const path = await cloned("acme/site", "grace", "push");
    await git("-C", path, "checkout", "--quiet", "-b", "pushed");
    await commitFile(path, "pushed.txt", "p");
    await git("-C", path, "push", "--quiet", "origin", "pushed");
    const local = (await git("-C", path, "rev-parse", "HEAD")).stdout.trim();
    expect(sandbox.repository("acme/site").head("pushed")).toBe(local);
    expect(sandbox.requests.at(-1)).toMatchObject({
      path: "/acme/site.git/git-receive-pack",
      as: "grace",
      status: 200,
    });
  });

  test("a push needs write access and a living repository", async () => {
    const path = await cloned("acme/site", "linus", "denied");
    await commitFile(path, "x.txt", "x");
    await expect(git("-C", path, "push", "origin", "HEAD")).rejects.toThrow(/403/);
    sandbox.updateRepository("ada/notes", { archived: true });
    await expect(git("-C", path, "push", remote("ada/notes", "ada"), "HEAD:refs/heads/x")).rejects.toThrow(/403/);
    sandbox.updateRepository("ada/notes", { archived: false });
  });

  test("a protected branch is refused by the server's hook", async () => {
    const path = await cloned("ada/notes", "ada", "protected");
    sandbox.updateRepository("ada/notes", { protectedBranches: ["main"] });
    await commitFile(path, "x.txt", "x");
    await expect(git("-C", path, "push", "origin", "main")).rejects.toThrow(/GH006: Protected branch update failed/);
    await git("-C", path, "push", "--quiet", "origin", "main:other");
    sandbox.updateRepository("ada/notes", { protectedBranches: [] });
  });

  test("workflows need the app's own permission", async () => {
    const permissions = { contents: "write", metadata: "read" } as const;
    const strict = await startSandbox({ seed: { ...defaultSeed, app: { permissions } } });
    try {
      const { access_token } = await authorize(strict, "ada");
      const path = join(folder, "workflows");
      await git("clone", "--quiet", remote("acme/site", access_token, strict), path);
      await commitFile(path, "plain.txt", "x");
      await git("-C", path, "push", "--quiet", "origin", "main");
      await run("mkdir", ["-p", join(path, ".github/workflows")]);
      await commitFile(path, ".github/workflows/ci.yml", "on: push\n");
      await expect(git("-C", path, "push", "origin", "main")).rejects.toThrow(/without `workflows` permission/);
    } finally {
      await strict.close();
    }
  });

  test("a large push is streamed", async () => {
    const path = await cloned("ada/notes", "ada", "large");
    await commitFile(path, "large.txt", Array.from({ length: 200_000 }, () => Math.random()).join("\n"));
    await git("-C", path, "push", "--quiet", "origin", "HEAD:refs/heads/large");
    await git("-C", path, "fetch", "--quiet", "origin", "large");
  });
});
