import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Browser } from "../harness/browser.ts";
import { connectFive, endFive } from "./five-accounts.ts";
import { makeRepository, runGit, temporary } from "./run-demo.ts";

/** Each of them starts PostgreSQL, onbehalf and a GitHub. */
const timeout = 120_000;

const report = {
  oid: expect.stringMatching(/^[0-9a-f]{40}$/),
  author: "Ada Lovelace <ada@example.com>",
  committer: "GitHub <noreply@github.com>",
  attribution: "user",
  verified: true,
  ms: expect.any(Number),
  after_revocation: {
    status: 403,
    code: "account_revoked",
    action_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/accounts$/),
  },
};

function lastLine(text: string): unknown {
  return JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
}

test("--once --json walks the main job, ends with the commit and a refusal as JSON, and leaves nothing behind", {
  timeout,
}, async () => {
  const { run, leftovers } = await temporary();
  const demo = run("--once", "--json");
  expect(await demo.exit(), demo.err()).toBe(0);
  expect(lastLine(demo.out())).toEqual(report);
  expect(demo.err()).toBe("");
  expect(demo.out()).toContain("403 delegation_required");
  expect(demo.out()).toMatch(/revoked the app on GitHub's own settings page.*403 account_revoked/s);
  expect(demo.out()).toMatch(/Author: +Ada Lovelace <ada@example.com>/);
  expect(demo.out()).toMatch(/Commit: +GitHub <noreply@github.com>/);
  expect(await leftovers()).toEqual([]);

  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const [, recorded = ""] = /^```text\n(.*?)^```$/ms.exec(readme) ?? [];
  expect(withoutChance(demo.out())).toBe(withoutChance(recorded));
});

test("it stays up with a copy of --repo: sound, with pages and a curl line that work, until Ctrl-C removes it all", {
  timeout,
}, async () => {
  const { folder, run, leftovers } = await temporary();
  const original = join(folder, "It's mine");
  makeRepository(original);
  // Only root can have somebody else's repository at hand.
  if (process.getuid?.() === 0) execFileSync("chown", ["-R", "nobody", original]);
  const before = await everythingIn(original);
  const browser = new Browser();
  const demo = run("--json", "--repo", original);
  await demo.untilPrinted('"ms":');
  const said = demo.out();
  expect(said).toContain(`acme/It-s-mine is a copy of ${original}`);
  expect(lastLine(said)).toEqual(report);
  const copy = /git --git-dir='([^']+)'/.exec(said)?.[1] ?? "";
  const head = () => runGit("--git-dir", copy, "rev-parse", "trunk").trim();
  const made = runGit("--git-dir", copy, "rev-parse", "trunk~1").trim();
  expect(lastLine(said)).toMatchObject({ oid: made });
  expect(runGit("--git-dir", copy, "fsck", "--strict", "--full", "--no-dangling")).toBe("");

  const addresses = new Map(
    [...said.matchAll(/^ {2}(\S.*?) +(http:\S+)$/gm)].map(([, name = "", address = ""]) => [name, address]),
  );
  expect(addresses.size).toBe(9);
  const statuses = await Promise.all([...addresses.values()].map(async (address) => (await fetch(address)).status));
  expect(statuses).toEqual([...addresses].map(() => 200));

  const [, admin = ""] = /(\w+) \(who is an\s+admin\)/.exec(said) ?? [];
  const accounts = addresses.get("admin") ?? "";
  const consent = await browser.submit(await browser.open(accounts), "Sign in with GitHub");
  const page = await browser.submit(consent, "Authorize", { login: admin, action: "authorize" });
  expect(page).toMatchObject({ url: accounts, status: 200, text: expect.stringContaining("@ada") });

  for (const name of ["GitHub", "GitHub lite", "amoCRM", "Google", "Acme ID"]) expect(said).toContain(name);
  await connectFive(browser, addresses, admin);
  await endFive(browser, addresses, admin);

  const curl = /^ {2}(curl .*)$/m.exec(said)?.[1] ?? "";
  const answer: unknown = JSON.parse(execFileSync("sh", ["-c", curl]).toString());
  expect(answer).toMatchObject({ oid: head(), attribution: "user", author: { login: "ada" } });
  expect(runGit("--git-dir", copy, "log", "--format=%an|%cn|%s", "trunk").trim().split("\n")).toEqual([
    "Ada Lovelace|GitHub|Say more",
    "Ada Lovelace|GitHub|Say hello again",
    "Ada Lovelace|GitHub|Say hello from the demo",
    "Rosa|Rosa|First",
  ]);

  const command = /^ {2}(cd .* bots list)$/m.exec(said)?.[1] ?? "";
  expect(execFileSync("sh", ["-c", command]).toString()).toMatch(/^deploy-bot +bot /m);

  demo.child.kill("SIGINT");
  expect(await demo.exit()).toBe(0);
  expect(await leftovers()).toEqual(["It's mine"]);
  expect(await everythingIn(original)).toEqual(before);
});

test("a --repo that can't be copied is refused in a sentence, before anything starts", { timeout }, async () => {
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
  const paths = [at("nowhere"), at("plain"), join(at("good"), "below"), at("empty"), at("detached")];
  expect(await Promise.all([...paths.map((path) => refused("--repo", path)), refused("--twice")])).toEqual([
    `--repo: there is no folder ${at("nowhere")}.`,
    expect.stringContaining("is not a git repository"),
    expect.stringContaining("is not a git repository"),
    expect.stringContaining("has no commit yet"),
    expect.stringContaining("is on no branch"),
    expect.stringContaining("Unknown option '--twice'"),
  ]);
  expect(await leftovers()).toEqual(before);
});

test("when onbehalf ends, the demo fails, shows the end of its log and keeps that alone", { timeout }, async () => {
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
  expect(demo.err()).toContain('"msg":"stopping"');
  expect(await readdir(folder, { recursive: true })).toEqual([
    expect.any(String),
    expect.stringMatching(/onbehalf\.log$/),
  ]);
  expect(await processes()).toEqual([]);
});

test("a Ctrl-C in the middle of the walk stops and removes everything", { timeout }, async () => {
  const { run, leftovers } = await temporary();
  const demo = run();
  await demo.untilPrinted(" 1. ");
  demo.child.kill("SIGINT");
  expect(await demo.exit()).toBe(0);
  expect(demo.out()).not.toContain("Look around");
  expect(await leftovers()).toEqual([]);
});

/** The output without what differs each time: ids, times, durations. */
function withoutChance(output: string): string {
  return output
    .replaceAll(/[0-9a-f]{40}/g, "(id)")
    .replaceAll(/127\.0\.0\.1:\d+/g, "(address)")
    .replaceAll(/Date: .*/g, "Date: (time)")
    .replaceAll(/in \d+ ms|"ms":\d+/g, "(duration)");
}

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
