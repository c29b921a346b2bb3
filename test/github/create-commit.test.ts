import { afterEach, beforeAll, expect, test } from "vitest";
import { createGithubClient } from "../../src/github/client.ts";
import { createCommit } from "../../src/github/create-commit.ts";
import { useNock } from "../harness/nocked.ts";

const nock = useNock();

const client = createGithubClient(
  { fetch: (...request) => fetch(...request) },
  { apiUrl: "http://127.0.0.1:54321", webUrl: "https://github.test" },
);
const commit = {
  repository: { owner: "acme", name: "site" },
  branch: "main",
  expectedHead: "ab".repeat(20),
  message: { headline: "x" },
  changes: { additions: [{ path: "a", contents: "YQ==" }], deletions: [{ path: "b" }] },
};
const made = {
  oid: "cd".repeat(20),
  url: "https://github.test/acme/site/commit/cd",
  author: { name: "Ada", email: "ada@example.com", user: { login: "ada" } },
  signature: { isValid: true },
};

beforeAll(() => nock.disableNetConnect());
afterEach(() => expect(nock.pendingMocks()).toEqual([]));

const send = (data: unknown, errors?: object[]) => {
  nock("http://127.0.0.1:54321")
    .post("/graphql")
    .reply(200, JSON.stringify({ data, errors }), { "content-type": "application/json" });
  return createCommit({ client }, "ghu_token", commit);
};

test("what GitHub is given is what GitHub documents", async () => {
  let sent: unknown;
  nock("http://127.0.0.1:54321")
    .post("/graphql", (body) => {
      sent = body;
      return true;
    })
    .reply(200, { data: { createCommitOnBranch: { commit: made } } });
  await createCommit({ client }, "ghu_token", commit);
  expect(sent).toMatchObject({
    query: expect.stringContaining("createCommitOnBranch(input: $input)"),
    variables: {
      input: {
        branch: { repositoryNameWithOwner: "acme/site", branchName: "main" },
        expectedHeadOid: "ab".repeat(20),
        message: { headline: "x" },
        fileChanges: { additions: [{ path: "a", contents: "YQ==" }], deletions: [{ path: "b" }] },
      },
    },
  });
});

test.each([
  [made, { login: "ada", name: "Ada", email: "ada@example.com" }, true],
  [{ ...made, signature: { isValid: false } }, { login: "ada", name: "Ada", email: "ada@example.com" }, false],
  [{ ...made, signature: null }, { login: "ada", name: "Ada", email: "ada@example.com" }, false],
  [
    { ...made, author: { name: "Ada", email: "a@b.c", user: null } },
    { login: null, name: "Ada", email: "a@b.c" },
    true,
  ],
])("GitHub's word about the commit is passed on", async (node, author, verified) => {
  expect(await send({ createCommitOnBranch: { commit: node } })).toEqual({
    oid: made.oid,
    url: made.url,
    author,
    verified,
  });
});

test("a commit that was made stays made when GitHub can't tell all about it", async () => {
  const node = { ...made, author: { ...made.author, user: null } };
  const errors = [{ type: "FORBIDDEN", message: "No users for you", path: ["createCommitOnBranch", "commit"] }];
  expect(await send({ createCommitOnBranch: { commit: node } }, errors)).toMatchObject({ oid: made.oid });
  const without = { createCommitOnBranch: { commit: null } };
  await expect(send(without, errors)).rejects.toMatchObject({ name: "ProviderFailure", kind: "garbled" });
});

test("a commit that was refused is a refusal", async () => {
  const errors = [{ type: "STALE_DATA", message: "Expected branch to point to" }];
  await expect(send({ createCommitOnBranch: null }, errors)).rejects.toMatchObject({ name: "GraphqlRefusal", errors });
  await expect(send(null, errors)).rejects.toMatchObject({ name: "GraphqlRefusal" });
});

test("an answer without a commit can't be understood", async () => {
  await expect(send({ createCommitOnBranch: null })).rejects.toMatchObject({ kind: "garbled" });
  await expect(send({ createCommitOnBranch: { commit: { oid: 1 } } })).rejects.toMatchObject({ kind: "garbled" });
});
