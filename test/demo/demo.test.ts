import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepository, runGit, temporary } from "./run-demo.ts";

const report = {
  oid: expect.stringMatching(/^[0-9a-f]{40}$/),
  author: "Ada Lovelace <ada@example.com>",
  committer: "GitHub <noreply@github.com>",
  attribution: "user",
  verified: true,
  ms: expect.any(Number),
};

function lastLine(text: string): unknown {
  return JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
}

test("--once --json walks the main job, ends with the commit as JSON, and leaves nothing behind", async () => {
  const { run, leftovers } = await temporary();
  const demo = run("--once", "--json");
  expect(await demo.exit(), demo.err()).toBe(0);
  expect(lastLine(demo.out())).toEqual(report);
  expect(demo.err()).toBe("");
  expect(demo.out()).toContain("403 delegation_required");
  expect(demo.out()).toMatch(/Author: +Ada Lovelace <ada@example.com>/);
  expect(demo.out()).toMatch(/Commit: +GitHub <noreply@github.com>/);
  expect(await leftovers()).toEqual([]);
});

test("without --once it stays up: the repository is sound, pages and the curl line work, and Ctrl-C removes it all", async () => {
  const { run, leftovers } = await temporary();
  const demo = run("--json");
  await demo.untilPrinted('"ms":');
  const said = demo.out();
  const path = /git --git-dir='([^']+)'/.exec(said)?.[1] ?? "";
  const main = () => runGit("--git-dir", path, "rev-parse", "main").trim();
  expect(lastLine(said)).toMatchObject({ oid: main() });
  expect(runGit("--git-dir", path, "fsck", "--strict", "--full", "--no-dangling")).toBe("");

  const addresses = [...said.matchAll(/^ {2}\S.* (http:\S+)$/gm)].map(([, address]) => address ?? "");
  expect(addresses).toHaveLength(5);
  const statuses = await Promise.all(addresses.map(async (address) => (await fetch(address)).status));
  expect(statuses).toEqual(addresses.map(() => 200));

  const curl = /^ {2}(curl .*)$/m.exec(said)?.[1] ?? "";
  const answer: unknown = JSON.parse(execFileSync("sh", ["-c", curl]).toString());
  expect(answer).toMatchObject({ oid: main(), attribution: "user", author: { login: "ada" } });
  expect(runGit("--git-dir", path, "log", "-1", "--format=%an|%cn|%s", "main").trim()).toBe(
    "Ada Lovelace|GitHub|Say more",
  );

  demo.child.kill("SIGINT");
  expect(await demo.exit()).toBe(0);
  expect(await leftovers()).toEqual([]);
});

test("--repo commits to a copy, whoever owns the original, and never touches it", async () => {
  const { folder, run, leftovers } = await temporary();
  const original = join(folder, "It's mine");
  makeRepository(original);
  // Only root can have somebody else's repository at hand.
  if (process.getuid?.() === 0) execFileSync("chown", ["-R", "nobody", original]);
  const before = await everythingIn(original);
  const demo = run("--once", "--json", "--repo", original);
  expect(await demo.exit(), demo.err()).toBe(0);
  expect(lastLine(demo.out())).toEqual(report);
  expect(demo.out()).toContain(`acme/It-s-mine is a copy of ${original}`);
  expect(await everythingIn(original)).toEqual(before);
  expect(await leftovers()).toEqual(["It's mine"]);
});

test("a --repo that can't be copied is refused in a sentence, before anything starts", async () => {
  const { folder, run, leftovers } = await temporary();
  const at = (name: string) => join(folder, name);
  await mkdir(at("plain"));
  makeRepository(at("good"));
  await mkdir(join(at("good"), "below"));
  runGit("init", "--quiet", at("empty"));
  await cp(at("good"), at("detached"), { recursive: true });
  runGit("-C", at("detached"), "checkout", "--quiet", "--detach");
  const before = await leftovers();
  const refused = async (...args: string[]) => {
    const demo = run("--once", ...args);
    expect(await demo.exit()).toBe(1);
    expect(demo.out()).toBe("");
    return demo.err().trim();
  };
  expect(await refused("--repo", at("nowhere"))).toBe(`--repo: there is no folder ${at("nowhere")}.`);
  expect(await refused("--repo", at("plain"))).toContain("is not a git repository");
  expect(await refused("--repo", join(at("good"), "below"))).toContain("is not a git repository");
  expect(await refused("--repo", at("empty"))).toContain("has no commit yet");
  expect(await refused("--repo", at("detached"))).toContain("is on no branch");
  expect(await refused("--twice")).toContain("Unknown option '--twice'");
  expect(await leftovers()).toEqual(before);
});

test("when onbehalf ends, the demo fails, shows the end of its log and keeps that alone", async () => {
  const { folder, run, processes } = await temporary();
  const demo = run();
  await demo.untilPrinted("Ctrl-C stops everything");
  const server = (await processes()).find(({ command }) => command.includes("src/main.ts start"));
  if (!server) throw new Error("onbehalf does not run as a process of its own");
  process.kill(server.pid, "SIGTERM");
  expect(await demo.exit()).toBe(1);
  expect(demo.err()).toContain("onbehalf ended unexpectedly (0).");
  const log = /^The last lines of onbehalf's log, (.+):$/m.exec(demo.err())?.[1] ?? "";
  const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
  expect(demo.err()).toContain(lines.at(-1));
  expect(lines.at(-1)).toContain("stopping");
  expect(await readdir(folder, { recursive: true })).toEqual([
    expect.any(String),
    expect.stringMatching(/onbehalf\.log$/),
  ]);
  expect(await processes()).toEqual([]);
});

test("a Ctrl-C in the middle of the walk stops and removes everything", async () => {
  const { run, leftovers } = await temporary();
  const demo = run();
  await demo.untilPrinted(" 1. ");
  demo.child.kill("SIGINT");
  expect(await demo.exit()).toBe(0);
  expect(demo.out()).not.toContain("Look around");
  expect(await leftovers()).toEqual([]);
});

/** Every file below a folder, with its content and the time of its last change. */
async function everythingIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries = names.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs, uid } = await stat(path);
    return `${path} ${mtimeMs} ${uid} ${entry.isFile() ? (await readFile(path)).toString("base64") : ""}`;
  });
  return (await Promise.all(entries)).sort();
}
