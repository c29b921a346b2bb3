import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BareRepository } from "../../sandbox/git/bare-repository.ts";
import { serialiseCommit } from "../../sandbox/git/commit-object.ts";
import { createRepository } from "../../sandbox/git/create-repository.ts";

const branch = "refs/heads/main";
let folder: string;
let repository: BareRepository;
let commits: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "move-ref-"));
  repository = await createRepository(join(folder, "one.git"), "main");
  commits = [];
  for (let number = 0; number < 12; number++) commits.push(await commit(commits.slice(-1)));
});

afterAll(async () => {
  await repository.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  git("update-ref", branch, at(0));
});

const git = (...args: string[]) => execFileSync("git", ["--git-dir", repository.path, ...args], { encoding: "utf8" });
const head = () => git("rev-parse", branch).trim();
const at = (index: number) => commits[index] ?? "";

async function commit(parents: string[]): Promise<string> {
  const who = { name: "Rosa", email: "rosa@example.com", time: 1_700_000_000, zone: "+0000" };
  const tree = await repository.write("tree", Buffer.alloc(0));
  const message = `After ${parents[0]}\n`;
  return repository.write(
    "commit",
    Buffer.from(serialiseCommit({ tree, parents, author: who, committer: who, message })),
  );
}

describe("a branch", () => {
  test.each([
    ["in a file of its own", () => {}],
    ["among the packed ones", () => void git("pack-refs", "--all")],
  ])("%s moves from where it is expected, and git sees it there", async (_, prepare) => {
    prepare();
    expect(await repository.moveRef(branch, at(1), at(0))).toBe(true);
    expect(head()).toBe(at(1));
    expect(await repository.moveRef(branch, at(2), at(0))).toBe(false);
    expect(head()).toBe(at(1));
    expect(git("fsck", "--strict", "--no-dangling")).toBe("");
  });

  test("that many move at once from the same place goes with one of them", async () => {
    const moved = await Promise.all(commits.slice(1).map((to) => repository.moveRef(branch, to, at(0))));
    expect(moved.filter(Boolean)).toHaveLength(1);
    expect(head()).toBe(commits[moved.indexOf(true) + 1]);
    expect(existsSync(join(repository.path, `${branch}.lock`))).toBe(false);
  });

  test("that git holds locked stays, and the lock is git's to remove", async () => {
    const lock = join(repository.path, `${branch}.lock`);
    writeFileSync(lock, "");
    expect(await repository.moveRef(branch, at(1), at(0))).toBe(false);
    expect(existsSync(lock)).toBe(true);
    await rm(lock);
    expect(head()).toBe(at(0));
  });

  test("never points to anything but a commit", async () => {
    const blob = await repository.write("blob", Buffer.from("text"));
    expect(await repository.moveRef(branch, blob, at(0))).toBe(false);
    expect(await repository.moveRef(branch, "1".repeat(40), at(0))).toBe(false);
    expect(head()).toBe(at(0));
  });

  test("is made only where there is none", async () => {
    expect(await repository.moveRef(branch, at(1), null)).toBe(false);
    expect(head()).toBe(at(0));
    expect(await repository.moveRef("refs/heads/new", at(1), null)).toBe(true);
    expect(git("rev-parse", "refs/heads/new").trim()).toBe(at(1));
  });
});

test("a commit's ancestors are found near and far, and nothing else is one", async () => {
  const other = await commit([at(0), at(3)]);
  expect(await repository.isAncestor(at(10), at(11))).toBe(true);
  expect(await repository.isAncestor(at(2), at(11))).toBe(true);
  expect(await repository.isAncestor(at(3), other)).toBe(true);
  expect(await repository.isAncestor(at(11), at(11))).toBe(true);
  expect(await repository.isAncestor(at(11), at(10))).toBe(false);
  expect(await repository.isAncestor(at(4), other)).toBe(false);
});
