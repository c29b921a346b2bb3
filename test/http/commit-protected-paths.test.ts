import { beforeAll, expect, test } from "vitest";
import { git, refs, sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
/** Bots that may commit, and one that may change workflows as well. */
let key: string;
let trusted: string;

const owned = {
  ".github/workflows/ci.yml": "on: push\n",
  ".github/CODEOWNERS": "* @ada\n",
  "docs/CODEOWNERS": "* @ada\n",
};

beforeAll(async () => {
  await stack.connect("ada");
  await stack.sandbox.addRepository("acme/guarded", { files: { ...owned, "README.md": "Guarded\n" } });
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
  // A permission for another repository is none for this one.
  await stack.delegate("gh.583231", "deploy-bot", ["acme/site"], [], ["workflows"]);
  trusted = (await stack.bot("trusted-bot")).key;
  await stack.delegate("gh.583231", "trusted-bot", ["acme/*"]);
  await stack.delegate("gh.583231", "trusted-bot", ["acme/guarded"], [], ["workflows"]);
});

const at = { repository: "acme/guarded" };
const write = (path: string) => ({ path, content: "on: push\n" });
const remove = (path: string) => ({ path, delete: true });
const link = (path: string) => ({ path, content: "../elsewhere", mode: "120000" });

test.each([
  ["a workflow", write(".github/workflows/ci.yml")],
  ["a new workflow", write(".github/workflows/deep/er.yml")],
  ["a workflow in other case", write(".GitHub/WorkFlows/x.yml")],
  ["an action", write(".github/actions/build/action.yml")],
  ["who owns the code", write("CODEOWNERS")],
  ["who owns the code, in .github", write(".github/CODEOWNERS")],
  ["who owns the code, in docs", write("docs/CODEOWNERS")],
  ["who owns the code, in other case", write("Docs/codeowners")],
  ["a workflow that goes", remove(".github/workflows/ci.yml")],
  ["owners that go", remove("docs/CODEOWNERS")],
  ["a file in the place of .github", write(".github")],
  ["a link in the place of .github", link(".github")],
  ["a link in the place of the workflows", link(".github/workflows")],
  ["a file in the place of docs", write("docs")],
  ["a folder in the place of the owners", write("CODEOWNERS/README.md")],
  ["an executable workflow", { ...write(".github/workflows/run.yml"), mode: "100755" }],
])("%s is refused by its name, on any branch and by any name, and nothing is changed", async (_name, change) => {
  const before = { standing: await standing(stack, ["acme/guarded"]), sent: sent(stack) };
  const changes = [write("ok.txt"), change];
  for (const way of [
    {},
    { branch: "bots/new", base: "main" },
    { attribution: "app" },
    { attribution: "user-or-app" },
  ]) {
    const answer = await stack.commit(key, { ...at, ...way, changes, require_verified: false });
    expectProblem(answer, 403, "protected_path", { detail: /"workflows"/ });
    expect(answer.body.detail).toContain(`"${change.path}"`);
  }
  expect({ standing: await standing(stack, ["acme/guarded"]), sent: sent(stack) }).toEqual(before);
});

test("what stands beside them is an ordinary file", async () => {
  const paths = [".github/dependabot.yml", "docs/guide.md", "src/.github/workflows/x.yml", "src/CODEOWNERS"];
  expect((await stack.commit(key, { ...at, changes: paths.map(write) })).status).toBe(201);
  for (const path of paths) expect(git(stack, "acme/guarded", "show", `main:${path}`)).toBe("on: push");
});

test.each(["user", "app"])("a bot that may change workflows does, as the %s", async (attribution) => {
  const path = `.github/workflows/by-${attribution}.yml`;
  const changes = [write(path), write(".github/actions/x/action.yml"), write("CODEOWNERS")];
  expect((await stack.commit(trusted, { ...at, attribution, changes })).status).toBe(201);
  expect(git(stack, "acme/guarded", "show", `main:${path}`)).toBe("on: push");
  const script = { ...write(`.github/workflows/${attribution}.sh`), mode: "100755" };
  const unsigned = await stack.commit(trusted, { ...at, attribution, changes: [script], require_verified: false });
  expect(unsigned.body).toMatchObject({ transport: "git-data", attribution });
});

test("without the app's own permission for workflows GitHub refuses them, and other files go in all the same", async () => {
  const all = { contents: "write", pull_requests: "write", issues: "write", metadata: "read" } as const;
  stack.sandbox.updateApp({ permissions: all });
  await stack.sandbox.addRepository("acme/fresh", { files: { "README.md": "Fresh\n" } });
  await stack.delegate("gh.583231", "trusted-bot", ["acme/fresh"], [], ["workflows"]);
  const before = refs(stack, "acme/fresh");
  for (const attribution of ["user", "app"]) {
    const changes = [write(".github/workflows/ci.yml")];
    const answer = await stack.commit(trusted, { repository: "acme/fresh", attribution, changes });
    expectProblem(answer, 403, "no_write_access", {
      detail: /permission/,
      action_url: expect.stringMatching(/\/settings\/installations\/\d+$/),
    });
  }
  expect(refs(stack, "acme/fresh")).toBe(before);
  for (const attribution of ["user", "app"]) {
    const answer = await stack.commit(trusted, {
      repository: "acme/fresh",
      attribution,
      changes: [write("CODEOWNERS")],
    });
    expect(answer.status).toBe(201);
  }
});
