import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
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
});

describe("a new branch", () => {
  const made = (name: string, index: number) => repository.moveRef(`refs/heads/${name}`, at(index), null);
  const found = () => git("for-each-ref", "--format=%(refname:short) %(objectname)").trim().split("\n");

  // The files of refs come first, and git where some of them are packed.
  describe.each([
    ["beside files", () => {}],
    ["beside packed ones", () => void git("pack-refs", "--all")],
  ])("%s", (_, prepare) => {
    beforeEach(() => {
      for (const name of found()) git("update-ref", "-d", `refs/heads/${name.split(" ")[0]}`);
      rmSync(join(repository.path, "packed-refs"), { force: true });
      git("update-ref", branch, at(0));
      prepare();
    });

    test("is made only where there is none", async () => {
      expect(await made("main", 1)).toBe(false);
      expect(await made("new", 1)).toBe(true);
      expect(await made("new", 2)).toBe(false);
      expect(found()).toEqual([`main ${at(0)}`, `new ${at(1)}`]);
    });

    test("is not made in another's way, but where such a one was", async () => {
      expect(await made("bots/one", 1)).toBe(true);
      expect(await made("bots", 1)).toBe(false);
      expect(await made("bots/one/more", 1)).toBe(false);
      expect(await repository.deleteRef("refs/heads/bots/one", at(1))).toBe(true);
      expect(await made("bots", 2)).toBe(true);
      expect(found()).toEqual([`bots ${at(2)}`, `main ${at(0)}`]);
    });

    test("that many make at once is made by one of them", async () => {
      const all = await Promise.all(commits.map((_, index) => made("contested", index)));
      expect(all.filter(Boolean)).toHaveLength(1);
      expect(found()).toEqual([`contested ${at(all.indexOf(true))}`, `main ${at(0)}`]);
      expect(git("fsck", "--strict", "--no-dangling")).toBe("");
    });
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
