import { beforeAll, expect, test } from "vitest";
import { refs, sent, standing } from "../harness/history.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

const ada = "gh.583231";
const stack = useStack();
let key: string;
let pass: { id: string; pass: string };

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate(ada, "deploy-bot", ["*"], ["*"], ["commit", "pull-request", "api:read", "api:write"]);
  pass = await passFor({ branches: ["agents/*"], paths: ["docs/*"] });
});

async function passFor(change: Record<string, unknown>): Promise<{ id: string; pass: string }> {
  const capabilities = ["commit", "pull-request", "api:read", "api:write"];
  const wish = { user: ada, repositories: ["acme/site"], capabilities, expires_in: 3600, ...change };
  const answer = await stack.call("POST", "/api/v1/passes", { key, body: wish });
  expect(answer.status).toBe(201);
  return { id: String(answer.body.id), pass: String(answer.body.pass) };
}

const ask = (query: string, variables: Record<string, unknown> = {}, by = pass.pass, more = {}): Promise<ApiAnswer> =>
  stack.call("POST", "/api/graphql", { key: by, body: { query, variables, ...more } });

async function expectRefused(act: () => Promise<ApiAnswer>, status: number, code: string) {
  const before = { standing: await standing(stack), requests: sent(stack) };
  expect(await act()).toMatchObject({ status, body: { code } });
  expect({ standing: await standing(stack), requests: sent(stack) }).toEqual(before);
}

const site = 'repository(owner: "acme", name: "site")';
const secret = 'repository(owner: "acme", name: "secret")';

test("a query answers as to the person, within the pass's repositories", async () => {
  const answer = await ask(`{ viewer { login } ${site} { nameWithOwner } }`);
  expect(answer).toMatchObject({
    status: 200,
    body: { data: { viewer: { login: "ada" }, repository: { nameWithOwner: "acme/site" } } },
  });
});

test.each<[string, () => Promise<string>]>([
  ["by name", async () => `{ ${secret} { nameWithOwner } }`],
  ["by an alias", async () => `{ ${site} { id } site: ${secret} { nameWithOwner } }`],
  ["by a fragment", async () => `{ ...F } fragment F on Query { ${secret} { nameWithOwner } }`],
  [
    "by its node id",
    async () => `{ node(id: "${await nodeId("acme/secret")}") { ... on Repository { nameWithOwner } } }`,
  ],
])("another repository can't be reached %s, though its person can", async (_how, query) => {
  const text = JSON.stringify((await ask(await query())).body);
  expect(text).not.toContain('"nameWithOwner":"acme/secret"');
  expect(text).toContain("NOT_FOUND");
});

async function nodeId(repository: string): Promise<string> {
  const wide = await passFor({ repositories: [repository] });
  const [owner, name] = repository.split("/");
  const { body } = await ask(`{ repository(owner: "${owner}", name: "${name}") { id } }`, {}, wide.pass);
  const id = /"id":"([^"]+)"/.exec(JSON.stringify(body))?.[1];
  if (!id) throw new Error("no node id");
  return id;
}

const commit =
  "mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";
const input = (change: Record<string, unknown> = {}) => ({
  input: {
    branch: { repositoryNameWithOwner: "acme/site", branchName: "agents/one" },
    expectedHeadOid: stack.sandbox.repository("acme/site").head("main"),
    message: { headline: "A" },
    fileChanges: { additions: [{ path: "docs/a", contents: "YQ==" }] },
    ...change,
  },
});

test.each<[string, string, () => Record<string, unknown>]>([
  ["on another branch", commit, () => input({ branch: { repositoryNameWithOwner: "acme/site", branchName: "main" } })],
  [
    "in another repository",
    commit,
    () => input({ branch: { repositoryNameWithOwner: "acme/secret", branchName: "agents/one" } }),
  ],
  ["on a branch that is named by its id", commit, () => input({ branch: { id: "x" } })],
  ["to another path", commit, () => input({ fileChanges: { deletions: [{ path: "index.html" }] } })],
  ["without what it is about", commit, () => ({})],
  [
    "behind an alias and a fragment",
    `mutation { ...F } fragment F on Mutation { ok: deleteRef(input: {refId: "x"}) { clientMutationId } }`,
    () => ({}),
  ],
  [
    "beside a harmless one",
    `mutation { addComment(input: {subjectId: "x", body: "y"}) { clientMutationId } mergeBranch(input: {repositoryId: "x", base: "agents/a", head: "b"}) { clientMutationId } }`,
    () => ({}),
  ],
])("a change %s is refused, and nothing is sent", async (_what, query, variables) => {
  await expectRefused(() => ask(query, variables()), 403, "pass_scope");
});

test("of several operations the named one counts, and all of them where none is named", async () => {
  const two = `query A { viewer { login } } mutation B { deleteRef(input: {refId: "x"}) { clientMutationId } }`;
  expect((await ask(two, {}, pass.pass, { operationName: "A" })).status).toBe(200);
  await expectRefused(() => ask(two), 403, "pass_scope");
  await expectRefused(() => ask(two, {}, pass.pass, { operationName: "C" }), 403, "pass_scope");
});

test("a query needs api:read, a mutation api:write", async () => {
  const reads = await passFor({ capabilities: ["api:read"] });
  const writes = await passFor({ capabilities: ["api:write"] });
  const comment = `mutation { addComment(input: {subjectId: "x", body: "y"}) { clientMutationId } }`;
  await expectRefused(() => ask(comment, {}, reads.pass), 403, "pass_scope");
  await expectRefused(() => ask("{ viewer { login } }", {}, writes.pass), 403, "pass_scope");
});

test.each([
  ["a subscription", { query: "subscription { x }" }],
  ["what is no GraphQL", { query: "{" }],
  ["several requests at once", [{ query: "{ viewer { login } }" }]],
  ["a query by its hash", { extensions: { persistedQuery: { sha256Hash: "0" } } }],
  ["a fragment within itself", { query: "{ ...F } fragment F on Query { ...F }" }],
  ["a query longer than any client's", { query: `{ ${"viewer { login } ".repeat(6000)} }` }],
])("%s is refused", async (_what, body) => {
  await expectRefused(() => stack.call("POST", "/api/graphql", { key: pass.pass, body }), 400, "bad_request");
});

test("the token that GitHub limited is stored sealed, used again, and ended with the pass", async () => {
  const own = await passFor({});
  const before = refs(stack, "acme/site");
  const scoped = () => stack.sandbox.requests.filter(({ path }) => path.endsWith("/token/scoped")).length;
  const made = scoped();
  await ask(`{ ${site} { id } }`, {}, own.pass);
  await ask(`{ ${site} { id } }`, {}, own.pass);
  expect(scoped()).toBe(made + 1);
  const { rows } = await stack.database.query({ text: "SELECT s::text AS row FROM scoped_tokens s", values: [] });
  for (const token of stack.sandbox.issuedTokens()) expect(JSON.stringify(rows)).not.toContain(token);
  const tokens = () => stack.sandbox.grants().find(({ login }) => login === "ada")?.tokens ?? 0;
  const held = tokens();
  await stack.call("DELETE", `/api/v1/passes/${own.id}`, { key });
  await expect.poll(tokens, { timeout: 10_000 }).toBe(held - 1);
  expect(refs(stack, "acme/site")).toBe(before);
});

test("a token that GitHub ended early is made anew", async () => {
  const own = await passFor({});
  await ask(`{ ${site} { id } }`, {}, own.pass);
  stack.sandbox.faults.add({
    match: { path: "/api/graphql" },
    respond: { status: 401, body: { message: "Bad credentials" } },
  });
  expect((await ask(`{ ${site} { id } }`, {}, own.pass)).status).toBe(200);
});

test("repositories of two owners have no such token, and the sentence says so", async () => {
  const own = await passFor({ repositories: ["acme/site", "ada/notes"] });
  const answer = await ask("{ viewer { login } }", {}, own.pass);
  expect(answer).toMatchObject({ status: 403, body: { code: "pass_scope" } });
  expect(String(answer.body.message)).toMatch(/several owners/);
});

test("where GitHub can't limit a token, GraphQL is refused for a pass, and the sentence says so", async () => {
  const own = await passFor({});
  stack.sandbox.faults.add({
    match: { path: `/applications/${stack.sandbox.app.clientId}/token/scoped` },
    respond: { status: 404 },
  });
  const answer = await ask("{ viewer { login } }", {}, own.pass);
  expect(answer).toMatchObject({ status: 403, body: { code: "pass_scope" } });
  expect(String(answer.body.message)).toMatch(/limited to the pass's repositories/);
});
