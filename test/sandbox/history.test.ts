import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { installationToken } from "./app-token.ts";
import { authorize } from "./authorize.ts";
import { call, commit, graphql } from "./call.ts";

let sandbox: Sandbox;
let ada: string;
let first: string;
const oids: string[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  ada = (await authorize(sandbox, "ada")).access_token;
  first = sandbox.repository("acme/site").head();
  const grace = (await authorize(sandbox, "grace")).access_token;
  const app = await installationToken(sandbox, "acme");
  const wishes: [string, string][] = [
    [ada, "docs/a.txt"],
    [grace, "docs/g.txt"],
    [app, "bot.txt"],
  ];
  for (const [token, path] of wishes) {
    const made = await commit(sandbox, token, { files: { [path]: "1\n" }, message: { headline: `Add ${path}` } });
    oids.unshift(made.body.data.createCommitOnBranch.commit.oid);
  }
});
afterAll(() => sandbox.close());

const ask = async (fields: string) =>
  (await graphql(sandbox, ada, `{ repository(owner: "acme", name: "site") { ${fields} } }`)).body;

describe("GraphQL", () => {
  test("a commit's history is paged with cursors, newest first", async () => {
    const page = async (after: string | null) => {
      const history = `history(first: 2, after: ${JSON.stringify(after)}) {
        totalCount nodes { oid } pageInfo { hasNextPage endCursor }
      }`;
      const { data } = await ask(`object(expression: "main") { ... on Commit { ${history} } }`);
      return data.repository.object.history;
    };
    const one = await page(null);
    const two = await page(one.pageInfo.endCursor);
    expect(one).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true } });
    expect(two).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: false } });
    const listed = [...one.nodes, ...two.nodes].map((node: { oid: string }) => node.oid);
    expect(listed).toEqual([...oids, first]);
  });

  test("a history is filtered by path and by e-mail", async () => {
    const { data } = await ask(`object(expression: "main") { ... on Commit {
      docs: history(first: 9, path: "docs") { nodes { oid } }
      ada: history(first: 9, author: { emails: ["ada@example.com"] }) { nodes { oid } }
    } }`);
    expect(data.repository.object).toEqual({
      docs: { nodes: [{ oid: oids[1] }, { oid: oids[2] }] },
      ada: { nodes: [{ oid: oids[2] }] },
    });
  });

  test("a file is read from a commit, from its tree and by expression", async () => {
    const { data } = await ask(`
      commit: object(oid: "${oids[0]}") { ... on Commit {
        file(path: "docs/a.txt") { name path mode type size object { ... on Blob { text } } }
        none: file(path: "docs/none.txt") { name }
        tree { entries { name type } }
      } }
      blob: object(expression: "main:docs/a.txt") { ... on Blob { text } }
    `);
    expect(data.repository.commit).toMatchObject({
      file: { name: "a.txt", path: "docs/a.txt", mode: 0o100644, type: "blob", size: 2, object: { text: "1\n" } },
      none: null,
    });
    expect(data.repository.commit.tree.entries).toContainEqual({ name: "docs", type: "tree" });
    expect(data.repository.blob.text).toBe("1\n");
  });
});

describe("REST", () => {
  const list = async (query: string) => {
    const answer = await call(sandbox, "GET", `/repos/acme/site/commits?${query}`, { token: ada });
    return answer.body.map((one: { sha: string }) => one.sha);
  };

  test("commits are listed from a commit, by author, since a time, and in pages", async () => {
    expect(await list("sha=main")).toEqual([...oids, first]);
    expect(await list(`sha=${oids[2]}`)).toEqual([oids[2], first]);
    expect(await list("author=grace")).toEqual([oids[1]]);
    expect(await list("author=ada@example.com")).toEqual([oids[2]]);
    expect(await list("author=onbehalf%5Bbot%5D")).toEqual([oids[0]]);
    expect(await list("author=linus")).toEqual([]);
    expect(await list("since=2999-01-01T00:00:00Z")).toEqual([]);
    expect(await list("since=2020-01-01T00:00:00Z")).toHaveLength(4);
    expect(await list("per_page=3&page=2")).toEqual([first]);
  });
});

test("a GraphQL answer refused for single sign-on carries the address, as REST's does", async () => {
  sandbox.switches.samlOrganizations = ["acme"];
  const answer = await graphql(sandbox, ada, '{ repository(owner: "acme", name: "site") { id } }');
  const made = await commit(sandbox, ada);
  sandbox.switches.samlOrganizations = [];
  for (const refused of [answer, made]) {
    expect(refused.headers.get("x-github-sso")).toMatch(/^required; url=http\S+\/orgs\/acme\/sso/);
    expect(refused.body.errors[0]).toMatchObject({ type: "FORBIDDEN", extensions: { saml_failure: true } });
  }
});
