import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { installationToken } from "./app-token.ts";
import { authorize } from "./authorize.ts";
import { call, commit, graphql } from "./call.ts";

const BOT = { login: "onbehalf[bot]", id: 187304551, type: "Bot" };
const BOT_EMAIL = "187304551+onbehalf[bot]@users.noreply.github.com";

let sandbox: Sandbox;
let ada: string;
let app: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  ada = (await authorize(sandbox, "ada")).access_token;
  app = await installationToken(sandbox, "acme");
});
afterAll(() => sandbox.close());

const get = (path: string, token = ada) => call(sandbox, "GET", path, { token });

describe("accounts by name and by number", () => {
  test("the app's bot user has a number of its own, not the app's", async () => {
    expect((await get("/users/onbehalf%5Bbot%5D", app)).body).toMatchObject(BOT);
    expect((await get(`/user/${BOT.id}`)).body).toMatchObject(BOT);
    expect(BOT.id).not.toBe(sandbox.app.id);
  });

  test("people and organisations are found by their number", async () => {
    expect((await get("/user/583231")).body).toMatchObject({ login: "ada", type: "User" });
    expect((await get("/user/6154722")).body).toMatchObject({ login: "acme", type: "Organization" });
    expect((await get("/user/1")).status).toBe(404);
    expect((await get("/users/nobody%5Bbot%5D")).status).toBe(404);
  });
});

describe("what somebody may do in a repository", () => {
  const permission = (repository: string, login: string, token = app) =>
    get(`/repos/${repository}/collaborators/${login}/permission`, token);

  test("is told to an installation and to who may push", async () => {
    expect((await permission("acme/site", "ada")).body).toMatchObject({
      permission: "admin",
      role_name: "admin",
      user: { login: "ada", id: 583231 },
    });
    expect((await permission("acme/site", "grace", ada)).body).toMatchObject({ permission: "write" });
    expect((await permission("acme/site", "linus")).body).toMatchObject({ permission: "read", role_name: "read" });
    expect((await permission("acme/secret", "linus")).body).toMatchObject({ permission: "none" });
    const linus = (await authorize(sandbox, "linus")).access_token;
    expect((await permission("acme/site", "ada", linus)).status).toBe(403);
  });

  test("maintain counts as write, triage as read", async () => {
    await sandbox.addRepository("acme/roles", {
      private: true,
      files: { a: "1" },
      collaborators: { linus: "maintain", mallory: "triage" },
    });
    expect((await permission("acme/roles", "linus")).body).toMatchObject({
      permission: "write",
      role_name: "maintain",
    });
    expect((await permission("acme/roles", "mallory")).body).toMatchObject({
      permission: "read",
      role_name: "triage",
    });
  });

  test("is a 404 for an unknown login, and where the app isn't installed", async () => {
    expect((await permission("acme/site", "nobody-at-all")).status).toBe(404);
    await sandbox.addRepository("linus/own", { private: true, files: { a: "1" } });
    expect((await permission("linus/own", "linus")).status).toBe(404);
  });
});

describe("the e-mail addresses of commits on the web", () => {
  const query = `query ($name: String!) {
    repository(owner: "acme", name: $name) { viewerDefaultCommitEmail viewerPossibleCommitEmails }
  }`;
  const emails = async (token: string) => (await graphql(sandbox, token, query, { name: "site" })).body.data.repository;

  test("are the public address, or noreply where it is private", async () => {
    expect(await emails(ada)).toEqual({
      viewerDefaultCommitEmail: "ada@example.com",
      viewerPossibleCommitEmails: ["ada@example.com", "583231+ada@users.noreply.github.com"],
    });
    const grace = (await authorize(sandbox, "grace")).access_token;
    expect(await emails(grace)).toEqual({
      viewerDefaultCommitEmail: "4712036+grace@users.noreply.github.com",
      viewerPossibleCommitEmails: ["4712036+grace@users.noreply.github.com"],
    });
  });
});

describe("who is behind a commit", () => {
  test("REST names the person and web-flow", async () => {
    const { oid } = (await commit(sandbox, ada, { files: { "who.txt": "1" } })).body.data.createCommitOnBranch.commit;
    expect((await get(`/repos/acme/site/commits/${oid}`)).body).toMatchObject({
      author: { login: "ada", id: 583231 },
      committer: { login: "web-flow", id: 19864447 },
      commit: { verification: { verified: true } },
    });
  });

  test("an installation's commits are the bot's, signed through GraphQL and through git data alike", async () => {
    const made = (await commit(sandbox, app, { files: { "bot.txt": "1" } })).body.data.createCommitOnBranch.commit;
    expect(made).toMatchObject({
      author: { name: "onbehalf[bot]", email: BOT_EMAIL, user: null },
      signature: { isValid: true },
    });
    expect((await get(`/repos/acme/site/commits/${made.oid}`)).body.author).toMatchObject(BOT);
    const tree = (await get("/repos/acme/site/git/trees/main", app)).body.sha;
    const body = { message: "By data", tree, parents: [made.oid] };
    const data = await call(sandbox, "POST", "/repos/acme/site/git/commits", { token: app, body });
    expect(data.body).toMatchObject({ author: { name: "onbehalf[bot]", email: BOT_EMAIL } });
    expect((await get(`/repos/acme/site/commits/${data.body.sha}`)).body.author).toMatchObject(BOT);
  });

  test("an installation's pull requests are the bot's", async () => {
    const sha = sandbox.repository("acme/site").head();
    const body = { ref: "refs/heads/topic", sha };
    await call(sandbox, "POST", "/repos/acme/site/git/refs", { token: app, body });
    const wish = { title: "A topic", head: "topic", base: "main" };
    const open = () => call(sandbox, "POST", "/repos/acme/site/pulls", { token: app, body: wish });
    const refusal = (message: string) => ({
      status: 422,
      body: { message: "Validation Failed", errors: [{ resource: "PullRequest", code: "custom", message }] },
    });
    expect(await open()).toMatchObject(refusal("No commits between main and topic"));
    await commit(sandbox, app, { branch: "topic", files: { "topic.txt": "1" } });
    expect((await open()).body).toMatchObject({ user: BOT, state: "open" });
    expect(await open()).toMatchObject(refusal("A pull request already exists for acme:topic."));
  });
});

test("every answer says what time it is", async () => {
  const asked = Date.now();
  const answers = [await get("/user"), await get("/nowhere"), await graphql(sandbox, ada, "{ viewer { login } }")];
  answers.push(await call(sandbox, "GET", "/user", { token: "ghu_bad" }));
  for (const { headers } of answers) {
    expect(Math.abs(Date.parse(headers.get("date") ?? "") - asked)).toBeLessThan(60_000);
  }
});
