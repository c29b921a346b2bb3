import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stack, startStack } from "../harness/stack.ts";

let stack: Stack;
let key: string;

beforeAll(async () => {
  stack = await startStack();
  await stack.connect("ada");
  const bot = await stack.bot("deploy-bot");
  key = bot.key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
});
afterAll(() => stack.stop());

test("a bot commits, and the person is the author and GitHub the committer", async () => {
  const answer = await stack.commit(key, {
    changes: [
      { path: "a.txt", content: "a\n" },
      { path: "docs/b.txt", content_base64: "Ygo=" },
    ],
  });
  expect(answer.body).toMatchObject({
    branch: "main",
    attribution: "user",
    verified: true,
    transport: "graphql",
    author: { login: "ada", name: "Ada Lovelace", email: "ada@example.com" },
  });
  expect(answer.status).toBe(201);
  const { path } = stack.sandbox.repository("acme/site");
  const shown = execFileSync("git", ["--git-dir", path, "log", "-1", "--format=%H|%an|%ae|%cn|%ce|%s", "main"]);
  expect(shown.toString().trim()).toBe(
    `${answer.body.oid}|Ada Lovelace|ada@example.com|GitHub|noreply@github.com|Say hello`,
  );
});
