import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GitClient, gitClient } from "../harness/git-client.ts";
import { refs } from "../harness/history.ts";
import { type Stack, startStack } from "../harness/stack.ts";

const ada = "gh.583231";
let stack: Stack;
let key: string;
let client: GitClient;
let remote: string;

beforeAll(async () => {
  stack = await startStack();
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate(ada, "deploy-bot", ["acme/*", "ada/*"], ["*"], ["commit", "push", "api:read", "workflows"]);
  client = await gitClient(await passFor({ branches: ["agents/*", "refs/tags/v*"] }));
  remote = `${stack.url}/acme/site.git`;
  await client.done(["clone", "--quiet", remote, "site"]);
});
afterAll(async () => {
  await client.remove();
  await stack.stop();
});

async function passFor(change: Record<string, unknown> = {}): Promise<string> {
  const wish = { user: ada, repositories: ["acme/site"], capabilities: ["push"], expires_in: 3600, ...change };
  const answer = await stack.call("POST", "/api/v1/passes", { key, body: wish });
  expect(answer).toMatchObject({ status: 201 });
  return String(answer.body.pass);
}

describe("git with a pass", () => {
  test("clones, commits and pushes as the person", async () => {
    const oid = await client.commit("site", "a.txt", "a");
    const { status, err } = await client.git(["push", "origin", "HEAD:refs/heads/agents/a"], { in: "site" });
    expect({ status, err }).toEqual({ status: 0, err: expect.stringContaining("[new branch]") });
    expect(refs(stack, "acme/site")).toContain(`${oid} refs/heads/agents/a`);
    expect(stack.sandbox.requests.at(-1)).toMatchObject({ path: "/acme/site.git/git-receive-pack", as: "ada" });
  });

  test("shows why a branch is refused, and pushes nothing", async () => {
    const before = refs(stack, "acme/site");
    const { status, err } = await client.git(["push", "origin", "HEAD:main", "HEAD:refs/heads/agents/b"], {
      in: "site",
    });
    expect(status).toBe(1);
    expect(err).toContain(
      "remote: onbehalf: refs/heads/main: this pass is for other branches: agents/*, refs/tags/v*.",
    );
    expect(err).toContain("[remote rejected] HEAD -> main (onbehalf: pass_scope)");
    expect(refs(stack, "acme/site")).toBe(before);
  });
});
