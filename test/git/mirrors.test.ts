import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { GitFailure } from "../../src/git/git-failure.ts";
import { createMirrors, type Mirrors } from "../../src/git/mirrors.ts";
import { installationToken } from "../sandbox/app-token.ts";

/* Real git against a real server; how it is told of its token is tested in test/processes-of-syncs.test.ts. */

let sandbox: Sandbox;
let dataDir: string;
let mirrors: Mirrors;
const never = new AbortController().signal;
const servers: Server[] = [];
let count = 0;

beforeAll(async () => {
  sandbox = await startSandbox();
  source = { name: "acme/site", token: await installationToken(sandbox, "acme"), defaultBranch: "main" };
  dataDir = await mkdtemp(join(tmpdir(), "onbehalf-mirrors-"));
  mirrors = createMirrors({ environment: {} }, { dataDir, serverUrl: sandbox.webUrl, mostBytes: 100 * 1024 ** 2 });
});
afterEach(() => sandbox.faults.clear());
afterAll(async () => {
  for (const server of servers) server.close();
  await sandbox.close();
  await rm(dataDir, { recursive: true, force: true });
});

const newId = () => `00000000-0000-4000-8000-${String(count++).padStart(12, "0")}`;
let source: { name: string; token: string; defaultBranch: string };
const folder = (id: string) => join(dataDir, "mirrors", `${id}.git`);
const origin = (...args: string[]) => git(sandbox.repository("acme/site").path, ...args);

function git(path: string, ...args: string[]): string {
  const identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
  return execFileSync("git", [`--git-dir=${path}`, ...identity, ...args], { encoding: "utf8", stdio: "pipe" }).trim();
}

/** How a fetch ends; null: well. */
async function failureOf(fetching: Promise<void>): Promise<string | null> {
  try {
    await fetching;
    return null;
  } catch (error) {
    if (error instanceof GitFailure) return error.kind;
    throw error;
  }
}

const refsOf = (path: string) => git(path, "for-each-ref", "--format=%(refname) %(objectname)").split("\n");

test("a mirror has the heads, tags and notes that are there, and follows what moves and what goes", async () => {
  const id = newId();
  origin("tag", "v1");
  origin("notes", "add", "-m", "noted", "main");
  origin("update-ref", "refs/heads/topic", "main");
  origin("update-ref", "refs/pull/1/head", "main");
  await mirrors.fetch(id, source, never);
  const wanted = refsOf(sandbox.repository("acme/site").path).filter((ref) => !ref.startsWith("refs/pull/"));
  expect(refsOf(folder(id))).toEqual(wanted);
  expect(git(folder(id), "symbolic-ref", "HEAD")).toBe("refs/heads/main");

  // A branch takes the place of the folder that it was in, another is forced back, a tag goes.
  origin("update-ref", "-d", "refs/heads/topic");
  origin("update-ref", "refs/heads/topic/one", "main");
  origin("update-ref", "-d", "refs/tags/v1");
  await mirrors.fetch(id, source, never);
  expect(refsOf(folder(id)).map((ref) => ref.split(" ")[0])).toEqual([
    "refs/heads/main",
    "refs/heads/topic/one",
    "refs/notes/commits",
  ]);
  expect(git(folder(id), "fsck", "--strict")).toBe("");
  expect(await mirrors.list()).toContain(id);
  await mirrors.remove(id);
  expect(await mirrors.list()).not.toContain(id);
});

test("names that look like options or lead elsewhere stay names, or are refused", async () => {
  const id = newId();
  const head = sandbox.repository("acme/site").head();
  writeFileSync(join(sandbox.repository("acme/site").path, "packed-refs"), `${head} refs/heads/--upload-pack=touch\n`);
  await mirrors.fetch(id, { ...source, defaultBranch: "--upload-pack=touch" }, never);
  expect(refsOf(folder(id))).toContain(`refs/heads/--upload-pack=touch ${head}`);
  expect(git(folder(id), "symbolic-ref", "HEAD")).toBe("refs/heads/--upload-pack=touch");
  await mirrors.fetch(id, { ...source, defaultBranch: "../../../x y" }, never);
  expect(git(folder(id), "symbolic-ref", "HEAD")).toBe("refs/heads/--upload-pack=touch");

  for (const name of [
    "--upload-pack=x/y",
    "acme/..",
    "acme/site/../x",
    "acme/site?x",
    "a b/c",
    "acme/site\nx",
    "@h/x",
  ]) {
    expect({ name, failure: await failureOf(mirrors.fetch(newId(), { ...source, name }, never)) }).toEqual({
      name,
      failure: "garbled",
    });
  }
  const before = readdirSync(dataDir);
  for (const bad of ["../x", "--git-dir", "", "00000000-0000-4000-8000-000000000000/.."]) {
    await expect(mirrors.fetch(bad, source, never)).rejects.toThrow("named by an id");
    expect(() => mirrors.remove(bad)).toThrow("named by an id");
  }
  expect(readdirSync(dataDir)).toEqual(before);
});

test.each([
  ["a credential that is not accepted", { status: 401, headers: { "www-authenticate": "Basic" } }, "unauthorized"],
  ["a repository that is hidden", { status: 404 }, "not_found"],
  ["one that is forbidden", { status: 403 }, "not_found"],
  ["a rate limit", { status: 429 }, "throttled"],
  ["a server that fails", { status: 502 }, "unreachable"],
  ["an answer that is none", { status: 200, body: "<html>", headers: { "content-type": "text/html" } }, "garbled"],
])("%s is told from the rest, and leaves the mirror as it was", async (_what, respond, kind) => {
  const id = newId();
  await mirrors.fetch(id, source, never);
  const before = refsOf(folder(id));
  sandbox.faults.add({ match: { path: /info\/refs/ }, times: 3, respond });
  expect(await failureOf(mirrors.fetch(id, source, never))).toBe(kind);
  sandbox.faults.clear();
  expect(refsOf(folder(id))).toEqual(before);
});

test("a redirect is not followed, so that no other server gets the token", async () => {
  const seen: (string | undefined)[] = [];
  const other = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  });
  servers.push(other);
  await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
  const address = other.address();
  const location = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/acme/site.git/info/refs`;
  sandbox.faults.add({ match: { path: /info\/refs/ }, times: 3, respond: { status: 302, headers: { location } } });
  expect(await failureOf(mirrors.fetch(newId(), source, never))).toBe("not_found");
  expect(seen).toEqual([]);
});

test("a server that is away is unreachable, and a run that is stopped ends as it was told to", async () => {
  const away = createMirrors({ environment: {} }, { dataDir, serverUrl: "http://127.0.0.1:9", mostBytes: 1 });
  expect(await failureOf(away.fetch(newId(), source, never))).toBe("unreachable");
  sandbox.faults.add({ match: { path: /info\/refs/ }, delayMs: 60_000 });
  const stop = new AbortController();
  const before = sandbox.requests.length;
  const fetching = failureOf(mirrors.fetch(newId(), source, stop.signal));
  await expect.poll(() => sandbox.requests.slice(before).some(({ path }) => path.endsWith("/info/refs"))).toBe(true);
  stop.abort(new GitFailure("stopped", "the lease was lost"));
  expect(await fetching).toBe("stopped");
});

test("a mirror that outgrows its limit is refused, and takes no more room than before", async () => {
  const tiny = createMirrors({ environment: {} }, { dataDir, serverUrl: sandbox.webUrl, mostBytes: 200_000 });
  await sandbox.addRepository("acme/large", { files: { "a.txt": "a" } });
  const id = newId();
  await tiny.fetch(id, { ...source, name: "acme/large" }, never);
  const { path } = sandbox.repository("acme/large");
  const blob = execFileSync("git", [`--git-dir=${path}`, "hash-object", "-w", "--stdin"], {
    input: randomBytes(400_000),
  });
  git(path, "update-ref", "refs/tags/large", blob.toString().trim());
  expect(await failureOf(tiny.fetch(id, { ...source, name: "acme/large" }, never))).toBe("too_large");
  expect(existsSync(folder(id))).toBe(false);
});

test("branches without end are as large as large files", async () => {
  const tiny = createMirrors({ environment: {} }, { dataDir, serverUrl: sandbox.webUrl, mostBytes: 200_000 });
  await sandbox.addRepository("acme/branches", { files: { "a.txt": "a" } });
  const { path } = sandbox.repository("acme/branches");
  const commit = git(path, "rev-parse", "main");
  const input = Array.from({ length: 100 }, (_, n) => `create refs/heads/b${n} ${commit}\n`).join("");
  execFileSync("git", [`--git-dir=${path}`, "update-ref", "--stdin"], { input });
  const id = newId();
  expect(await failureOf(tiny.fetch(id, { ...source, name: "acme/branches" }, never))).toBe("too_large");
  expect(existsSync(folder(id))).toBe(false);
});

test("a repository without a commit is mirrored as it is, and filled later", async () => {
  await sandbox.addRepository("acme/empty", {});
  const [id, empty] = [newId(), { ...source, name: "acme/empty" }];
  await mirrors.fetch(id, empty, never);
  expect(git(folder(id), "for-each-ref")).toBe("");
  const { path } = sandbox.repository("acme/empty");
  const tree = git(path, "write-tree");
  git(path, "update-ref", "refs/heads/main", git(path, "commit-tree", "-m", "Begin", tree));
  await mirrors.fetch(id, empty, never);
  expect(refsOf(folder(id))).toEqual(refsOf(path));
});

test("objects that are not sound are refused", async () => {
  await sandbox.addRepository("acme/unsound", { files: { "a.txt": "a" } });
  const { path, head } = sandbox.repository("acme/unsound");
  const hash = (type: string, input: string | Buffer) =>
    execFileSync("git", [`--git-dir=${path}`, "hash-object", "-w", "--literally", "--stdin", "-t", type], { input })
      .toString()
      .trim();
  const inside = hash("blob", "[core]\n");
  const tree = hash("tree", Buffer.concat([Buffer.from("100644 .git\0"), Buffer.from(inside, "hex")]));
  const author = "A <a@example.com> 1700000000 +0000";
  const commit = hash("commit", `tree ${tree}\nparent ${head()}\nauthor ${author}\ncommitter ${author}\n\nx\n`);
  git(path, "update-ref", "refs/heads/bad", commit);
  const id = newId();
  expect(await failureOf(mirrors.fetch(id, { ...source, name: "acme/unsound" }, never))).toBe("garbled");
  expect(git(folder(id), "for-each-ref")).toBe("");
});

test("what a power cut leaves is cleared away, and a mirror that it broke is made anew", async () => {
  const id = newId();
  await mirrors.fetch(id, source, never);
  const wanted = refsOf(folder(id));
  for (const left of ["packed-refs.lock", "refs/heads/main.lock", "objects/pack/tmp_pack_x"]) {
    writeFileSync(join(folder(id), left), "");
  }
  origin("update-ref", "refs/heads/after", "main");
  await mirrors.fetch(id, source, never);
  expect(readdirSync(join(folder(id), "objects", "pack")).filter((name) => name.startsWith("tmp_"))).toEqual([]);
  truncateSync(join(folder(id), "HEAD"));
  origin("update-ref", "-d", "refs/heads/after");
  await mirrors.fetch(id, source, never);
  expect(refsOf(folder(id))).toEqual(wanted);
});
