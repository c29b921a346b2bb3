import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { git, sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;
let installUrl: string;

const people = { ada: "gh.583231", grace: "gh.4712036", linus: "gh.1024025", mallory: "gh.9919314" };
const places = ["acme/site", "acme/secret", "ada/notes", "ada/left-out", "ada/hidden", "linus/tools", "acme/old"];

beforeAll(async () => {
  key = (await stack.bot("deploy-bot")).key;
  for (const [login, reference] of Object.entries(people)) {
    await stack.connect(login);
    await stack.delegate(reference, "deploy-bot", ["*"]);
  }
  const { sandbox } = stack;
  installUrl = `${sandbox.webUrl}/apps/${sandbox.app.slug}/installations/new`;
  await sandbox.addRepository("ada/left-out", { files: { a: "a" }, installed: false });
  await sandbox.addRepository("ada/hidden", { files: { a: "a" }, private: true, installed: false });
  await sandbox.addRepository("linus/tools", { files: { a: "a" } });
  await sandbox.addRepository("acme/old", { files: { a: "a" }, archived: true });
});
afterEach(() => {
  stack.sandbox.faults.clear();
  stack.sandbox.updateRepository("ada/notes", { protectedBranches: [] });
  stack.sandbox.switches.rulesets = false;
});

/** Sends one commit in every way: head unknown, head known, and onto a new branch. */
async function refusedEverywhere(
  change: { user?: string; repository: string; changes?: object[] },
  status: number,
  code: string,
  also: Parameters<typeof expectProblem>[3] = {},
) {
  const before = await standing(stack, places);
  const head = places.includes(change.repository)
    ? stack.sandbox.repository(change.repository).head()
    : "ab".repeat(20);
  for (const way of [{}, { expected_head: head }, { branch: "bots/new", base: "main" }]) {
    const user = change.user ?? people.ada;
    expectProblem(await stack.commit(key, { ...change, user, ...way }), status, code, also);
    expect(await standing(stack, places)).toEqual(before);
    const { rows } = await stack.database.query({
      text: "SELECT result, code FROM audit_events WHERE action = 'commit' ORDER BY id DESC LIMIT 1",
    });
    expect(rows).toEqual([{ result: "failed", code }]);
  }
}

describe("where the app is not installed, the person is told where an owner installs it", () => {
  test("a public repository that a selection leaves out", () =>
    refusedEverywhere({ repository: "ada/left-out" }, 403, "app_not_installed", {
      action_url: installUrl,
      detail: /ada\/left-out/,
    }));

  test("a private repository that a selection leaves out", () =>
    refusedEverywhere({ repository: "ada/hidden" }, 403, "app_not_installed", { action_url: installUrl }));

  test("an owner who has not installed it at all", () =>
    refusedEverywhere({ repository: "linus/tools", user: people.linus }, 403, "app_not_installed", {
      action_url: installUrl,
      detail: /an owner of linus/,
    }));

  test("after it is installed, the next commit goes in, and after it is removed, none", async () => {
    stack.sandbox.setInstallation("linus", ["linus/tools"]);
    const change = { repository: "linus/tools", user: people.linus };
    expect((await stack.commit(key, change)).status).toBe(201);
    stack.sandbox.setInstallation("linus", null);
    await refusedEverywhere(change, 403, "app_not_installed", { action_url: installUrl });
  });
});

describe("what doesn't exist, or what the person can't see", () => {
  test("an unknown repository of an organisation and of a person", async () => {
    await refusedEverywhere({ repository: "acme/nope" }, 404, "repository_not_found", { detail: /acme\/nope/ });
    // The app covers some of ada's repositories only, so that it can't tell a missing one from a hidden one.
    const some = await stack.commit(key, { repository: "ada/nope" });
    expectProblem(some, 403, "app_not_installed", { action_url: installUrl, detail: /or there is no such repository/ });
  });

  test("an unknown owner", async () => {
    const answer = await stack.commit(key, { repository: "nobody-at-all/nope" });
    expectProblem(answer, 403, "app_not_installed", { action_url: installUrl, detail: /no such repository/ });
  });

  test("a private repository of others is as one that doesn't exist", () =>
    refusedEverywhere({ repository: "acme/secret", user: people.mallory }, 404, "repository_not_found"));

  test("a branch", async () => {
    const before = await standing(stack, places);
    const answer = await stack.commit(key, { branch: "nowhere" });
    expectProblem(answer, 404, "branch_not_found", { detail: /"nowhere".*"base"/ });
    expect(await standing(stack, places)).toEqual(before);
  });

  test("a path to delete", async () => {
    const changes = [
      { path: "new.txt", content: "1" },
      { path: "not/there.txt", delete: true },
    ];
    await refusedEverywhere({ repository: "acme/site", changes }, 422, "path_missing");
    await refusedEverywhere({ repository: "acme/site", changes: [{ path: "src", delete: true }] }, 422, "path_missing");
  });

  test("a path to delete, by its name or among those asked for", async () => {
    const gone = (...paths: string[]) => stack.commit(key, { changes: paths.map((path) => ({ path, delete: true })) });
    expectProblem(await gone("not/there.txt"), 422, "path_missing", { detail: /^"not\/there\.txt".*does not exist/ });
    expectProblem(await gone("README.md", "not/there.txt"), 422, "path_missing", {
      detail: /at least one does not exist \("README\.md", "not\/there\.txt"\)/,
    });
  });
});

describe("what the person, or nobody, may change", () => {
  test("a repository that the person only reads", () =>
    refusedEverywhere({ repository: "acme/site", user: people.linus }, 403, "no_write_access", {
      detail: /acme\/site/,
    }));

  test("an archived repository", () =>
    refusedEverywhere({ repository: "acme/old" }, 422, "repository_archived", { detail: /acme\/old.*unarchive/ }));

  test.each([false, true])("a protected branch, with rulesets: %s", async (rulesets) => {
    stack.sandbox.switches.rulesets = rulesets;
    stack.sandbox.updateRepository("ada/notes", { protectedBranches: ["main"] });
    const before = await standing(stack, places);
    const head = stack.sandbox.repository("ada/notes").head();
    for (const way of [{}, { expected_head: head }]) {
      const answer = await stack.commit(key, { repository: "ada/notes", ...way });
      expectProblem(answer, 422, "branch_protected", { detail: /"main" of ada\/notes.*pull request/i });
    }
    expect(await standing(stack, places)).toEqual(before);
    const aside = await stack.commit(key, { repository: "ada/notes", branch: `bots/${rulesets}`, base: "main" });
    expect(aside.status).toBe(201);
  });

  test("a person whom GitHub has suspended", async () => {
    stack.sandbox.updatePerson("grace", { suspended: true });
    await refusedEverywhere({ repository: "acme/site", user: people.grace }, 403, "no_write_access", {
      detail: /suspended/,
    });
    stack.sandbox.updatePerson("grace", { suspended: false });
    expect((await stack.commit(key, { user: people.grace })).status).toBe(201);
  });
});

test("a file that becomes a folder, and a folder that becomes a file, are what GitHub makes of them", async () => {
  const put = (changes: object[]) => stack.commit(key, { repository: "ada/notes", changes });
  expect((await put([{ path: "turn", content: "file" }])).status).toBe(201);
  const folder = await put([
    { path: "turn", delete: true },
    { path: "turn/in", content: "folder" },
  ]);
  expect(folder.status).toBe(201);
  expect(git(stack, "ada/notes", "ls-tree", "-r", "--name-only", "main", "turn/")).toBe("turn/in");
  expect(git(stack, "ada/notes", "fsck", "--strict", "--no-dangling")).toBe("");
});

test("a refusal costs no more than the questions that explain it", async () => {
  const before = sent(stack);
  await stack.commit(key, { repository: "acme/old", expected_head: stack.sandbox.repository("acme/old").head() });
  expect(sent(stack) - before).toBeLessThanOrEqual(4);
});
