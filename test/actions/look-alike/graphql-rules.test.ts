import { expect, test } from "vitest";
import { graphqlRule } from "../../../src/actions/look-alike/graphql-rules.ts";

const ruleOf = (query: string, variables: Record<string, unknown> = {}) =>
  graphqlRule({ query, variables, operationName: null });

const everything = { capabilities: ["api:write", "commit", "workflows"], ref: "every", paths: "every" };

test("fragments that spread one another are looked at once each, however often they are spread", () => {
  const depth = 60;
  const fragments = Array.from({ length: depth }, (_, n) =>
    n === depth - 1
      ? `fragment F${n} on Query { viewer { login } }`
      : `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`,
  );
  const rule = ruleOf(`{ ...F0 ...F0 } ${fragments.join("\n")}`);
  expect(rule).toMatchObject({ capabilities: ["api:read"], write: false, fields: ["viewer"] });
});

test.each([
  ["one that spreads itself", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"],
  ["one that isn't there", "{ ...A }"],
  ["two of one name", "{ ...A } fragment A on Query { viewer { id } } fragment A on Query { meta { id } }"],
])("a fragment can't be used: %s", (_what, query) => {
  expect(() => ruleOf(query)).toThrow(expect.objectContaining({ code: "bad_request" }));
});

const commit = (declared: string, input: string) =>
  `mutation (${declared}) { createCommitOnBranch(input: {branch: {repositoryNameWithOwner: "acme/site",
    branchName: "agents/a"}, expectedHeadOid: "0", message: {headline: "x"}, ${input}}) { clientMutationId } }`;

test("a commit's files are those in the request and in its variables", () => {
  const files = { additions: [{ path: "a.txt", contents: "" }] };
  expect(ruleOf(commit("$files: FileChanges!", "fileChanges: $files"), { files })).toMatchObject({
    ref: { branch: "agents/a" },
    repository: "acme/site",
    paths: ["a.txt"],
  });
});

test.each([
  ["all of them", commit('$f: FileChanges = {additions: [{path: "x", contents: ""}]}', "fileChanges: $f")],
  ["a list", commit('$f: [FileAddition!] = [{path: "x", contents: ""}]', "fileChanges: {additions: $f}")],
])("files that stand in a variable's default could be any: %s", (_what, query) => {
  expect(ruleOf(query)).toMatchObject(everything);
  expect(ruleOf(query, { f: null })).toMatchObject(everything);
});

test("a path that two servers could read in two ways could be any", () => {
  for (const path of ["docs/../.github/workflows/ci.yml", "./a", "a//b", "/a", "a/"]) {
    const query = commit("$f: FileChanges!", "fileChanges: $f");
    expect(ruleOf(query, { f: { deletions: [{ path }] } })).toMatchObject(everything);
  }
});
