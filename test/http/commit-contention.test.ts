import { beforeAll, expect, test } from "vitest";
import { git } from "../harness/history.ts";
import { newcomer } from "../harness/people.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;
let other: string;
/** People who may all write to one repository. */
const people: { user: string; login: string }[] = [];

beforeAll(async () => {
  key = (await stack.bot("busy-bot")).key;
  for (let count = 0; count < 20; count++) {
    const { login, id } = newcomer(stack);
    await stack.connect(login);
    await stack.delegate(`gh.${id}`, "busy-bot", ["acme/*"]);
    people.push({ user: `gh.${id}`, login });
  }
  other = (await stack.replica()).url;
});

/** Sends that many commits at once, to replicas in turn, and proves the history that comes of it. */
async function allIn(repository: string, count: number, replicas: string[]): Promise<void> {
  await stack.sandbox.addRepository(repository, {
    files: { "README.md": "Busy\n" },
    collaborators: Object.fromEntries(people.map(({ login }) => [login, "write"])),
  });
  const calls = Array.from({ length: count }, (_, index) => {
    const { user } = people[index % people.length] ?? { user: "" };
    const change = {
      user,
      repository,
      message: { headline: `Commit ${index}` },
      changes: [{ path: `files/${index}.txt`, content: String(index) }],
    };
    return stack.commit(key, change, { url: replicas[index % replicas.length] ?? stack.url });
  });
  const answers = await Promise.all(calls);
  expect(answers.filter(({ status }) => status !== 201).map(({ body }) => body)).toEqual([]);
  const log = git(stack, repository, "log", "--format=%H %P|%s", "main").split("\n");
  // Linear: each has one parent, the one before it; and the first is the repository's own.
  const parents = log.map((line) => line.slice(41, line.indexOf("|")));
  expect(parents.slice(0, -1)).toEqual(log.slice(1).map((line) => line.slice(0, 40)));
  expect(parents.at(-1)).toBe("");
  expect(log).toHaveLength(count + 1);
  const headlines = log.slice(0, -1).map((line) => line.slice(line.indexOf("|") + 1));
  expect(headlines.toSorted()).toEqual(Array.from({ length: count }, (_, index) => `Commit ${index}`).toSorted());
  expect(new Set(answers.map(({ body }) => body.oid)).size).toBe(count);
  expect(git(stack, repository, "ls-tree", "--name-only", "main", "files/").split("\n")).toHaveLength(count);
  const authors = git(stack, repository, "log", "--format=%ae", `--max-count=${count}`, "main").split("\n");
  expect(new Set(authors).size).toBe(people.length);
  expect(git(stack, repository, "fsck", "--strict", "--full", "--no-dangling")).toBe("");
}

test(
  "200 commits by 20 people on one branch at once: all are in, one after another, none twice",
  () => allIn("acme/busy", 200, [stack.url]),
  120_000,
);

test(
  "60 commits on one branch at once over two replicas: all are in, one after another, none twice",
  () => allIn("acme/shared", 60, [stack.url, other]),
  120_000,
);
