import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize } from "./authorize.ts";
import { call, graphql } from "./call.ts";

let sandbox: Sandbox;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  sandbox = await startSandbox();
  for (const login of ["ada", "mallory"]) tokens[login] = (await authorize(sandbox, login)).access_token;
  const sha = sandbox.repository("acme/site").head();
  for (const branch of ["one", "two", "three", "same"]) {
    await rest("POST", "/repos/acme/site/git/refs", { ref: `refs/heads/${branch}`, sha });
    if (branch === "same") continue;
    const content = Buffer.from(`${branch}\n`).toString("base64");
    await rest("PUT", `/repos/acme/site/contents/${branch}.txt`, { message: branch, content, branch });
  }
  for (const branch of ["one", "two", "three"]) await open({ headRefName: branch, title: branch });
});
afterAll(() => sandbox.close());

const rest = (method: string, path: string, body?: object) =>
  call(sandbox, method, path, { token: tokens.ada ?? "", ...(body ? { body } : {}) });
const ask = async (query: string, variables: object = {}, login = "ada") =>
  (await graphql(sandbox, tokens[login] ?? "", query, variables)).body;
const inSite = async (fields: string) =>
  (await ask(`{ repository(owner: "acme", name: "site") { ${fields} } }`)).data.repository;

async function open(change: object, login = "ada") {
  const { data } = await ask(`{ repository(owner: "acme", name: "site") { id } }`, {}, login);
  const input = { repositoryId: data.repository.id, baseRefName: "main", headRefName: "one", title: "A", ...change };
  const query = `mutation ($input: CreatePullRequestInput!) {
    createPullRequest(input: $input) { pullRequest { id number } }
  }`;
  return ask(query, { input }, login);
}

describe("pull requests in GraphQL", () => {
  test("are what REST shows of them", async () => {
    const { pullRequest } = await inSite(`pullRequest(number: 1) {
      number title state isDraft url headRefName baseRefName headRefOid additions deletions changedFiles
      author { login ... on User { name } } commits(last: 1) { totalCount nodes { commit { oid } } }
      headRepositoryOwner { login }
    }`);
    const { body } = await rest("GET", "/repos/acme/site/pulls/1");
    expect(pullRequest).toEqual({
      number: 1,
      title: "one",
      state: "OPEN",
      isDraft: false,
      url: body.html_url,
      headRefName: "one",
      baseRefName: "main",
      headRefOid: body.head.sha,
      additions: 1,
      deletions: 0,
      changedFiles: 1,
      author: { login: "ada", name: "Ada Lovelace" },
      commits: { totalCount: 1, nodes: [{ commit: { oid: body.head.sha } }] },
      headRepositoryOwner: { login: "acme" },
    });
  });

  test("are listed by branch and state, in either order, page after page", async () => {
    const order = (direction: string) => `orderBy: { field: CREATED_AT, direction: ${direction} }`;
    const list = async (wish: string) =>
      (await inSite(`pullRequests(${wish}) { totalCount nodes { number } pageInfo { endCursor hasNextPage } }`))
        .pullRequests;
    const numbers = (page: { nodes: { number: number }[] }) => page.nodes.map(({ number }) => number);
    expect(numbers(await list(`first: 5, ${order("DESC")}`))).toEqual([3, 2, 1]);
    expect(numbers(await list(`last: 1, ${order("ASC")}`))).toEqual([3]);
    expect(numbers(await list(`first: 5, headRefName: "two", states: [OPEN]`))).toEqual([2]);
    expect(numbers(await list("first: 5, states: [CLOSED]"))).toEqual([]);
    const first = await list(`first: 2, ${order("DESC")}`);
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    const second = await list(`first: 2, after: "${first.pageInfo.endCursor}", ${order("DESC")}`);
    expect({ numbers: numbers(second), more: second.pageInfo.hasNextPage }).toEqual({ numbers: [1], more: false });
  });

  test("can be counted, but not listed, without saying how many", async () => {
    expect(await inSite("pullRequests { totalCount }")).toEqual({ pullRequests: { totalCount: 3 } });
    const { errors } = await ask(`{ repository(owner: "acme", name: "site") { pullRequests { nodes { id } } } }`);
    expect(errors[0].message).toMatch(/`first` or `last`/);
  });

  test("are found by their id", async () => {
    const { pullRequest } = await inSite("pullRequest(number: 2) { id }");
    const { data } = await ask("query ($id: ID!) { node(id: $id) { ... on PullRequest { number } } }", {
      id: pullRequest.id,
    });
    expect(data.node).toEqual({ number: 2 });
  });

  test.each<[string, object, string]>([
    ["from a branch that has one", { headRefName: "acme:one" }, "A pull request already exists for acme:one."],
    ["without a commit", { headRefName: "same" }, "No commits between main and same"],
    ["from nowhere", { headRefName: "nowhere" }, "Validation Failed"],
  ])("aren't opened %s, in REST's words", async (_what, change, message) => {
    const { errors } = await open(change);
    expect(errors).toMatchObject([{ type: "UNPROCESSABLE", message }]);
    expect(await inSite("pullRequests { totalCount }")).toEqual({ pullRequests: { totalCount: 3 } });
  });

  test("aren't opened by who may not write", async () => {
    const { errors } = await open({ headRefName: "same" }, "mallory");
    expect(errors).toMatchObject([{ type: "FORBIDDEN" }]);
  });
});

test("a repository's README is its first file of that name, in any case", async () => {
  const { body } = await rest("GET", "/repos/acme/site/readme");
  expect(Buffer.from(body.content, "base64").toString()).toContain("The site of Acme.");
  await sandbox.addRepository("acme/bare", { files: { "a.txt": "a" } });
  expect((await rest("GET", "/repos/acme/bare/readme")).status).toBe(404);
});

test("the API's own address answers good credentials, and tells bad ones", async () => {
  expect((await rest("GET", "/")).body.current_user_url).toBe(`${sandbox.apiUrl}/user`);
  expect((await call(sandbox, "GET", "/", { token: "ghu_bad" })).status).toBe(401);
});
