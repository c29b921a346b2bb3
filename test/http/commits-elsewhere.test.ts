import { beforeAll, expect, test } from "vitest";
import { defaultSeed } from "../../sandbox/index.ts";
import { git, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const app = { permissions: { contents: "write", metadata: "read" } } as const;
/** A GitHub as github.com is, without a path before its API, and an app that may not write workflows. */
const stack = useStack({ sandbox: { apiPath: "", seed: { ...defaultSeed, app } } });
let key: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  const id = await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
  await stack.database.query({
    text: "UPDATE delegations SET capabilities = '{commit,workflows}' WHERE id = $1",
    values: [id],
  });
});

test("a commit goes to any server that speaks GitHub's API, with or without a path before it", async () => {
  expect(new URL(stack.sandbox.apiUrl).pathname).toBe("/");
  const answer = await stack.commit(key);
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ author: { login: "ada" }, oid: stack.sandbox.repository("acme/site").head() });
  expect(git(stack, "acme/site", "log", "-1", "--format=%an|%cn", "main")).toBe("Ada Lovelace|GitHub");

  const { url } = await stack.replica({ GITHUB_API_URL: `${stack.sandbox.apiUrl}/` });
  expect((await stack.commit(key, { changes: [{ path: "slash.txt", content: "/" }] }, { url })).status).toBe(201);
});

test("a permission that the app lacks is named, with the address at which an owner grants it", async () => {
  const before = await standing(stack);
  const answer = await stack.commit(key, { changes: [{ path: ".github/workflows/ci.yml", content: "on: push\n" }] });
  expectProblem(answer, 403, "no_write_access", {
    detail: /workflows/,
    action_url: expect.stringMatching(/\/installations\/\d+$/),
  });
  expect(await standing(stack)).toEqual(before);
});
