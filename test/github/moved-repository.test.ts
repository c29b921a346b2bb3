import { expect, test } from "vitest";
import { Problem } from "../../src/errors.ts";
import { createGithubClient, GraphqlRefusal } from "../../src/github/client.ts";
import { explainRefusal } from "../../src/github/explain-refusal.ts";
import { readBranch } from "../../src/github/read-branch.ts";
import { useNock } from "../harness/nocked.ts";

const nock = useNock();

const apiUrl = "http://127.0.0.1:4499/api/v3";
const client = createGithubClient({ fetch: globalThis.fetch }, { apiUrl, webUrl: "https://github.test" });
const repository = { owner: "acme", name: "old" };

test("GitHub is told not to follow a repository's old name: a permission is for what was named", async () => {
  const asked: string[] = [];
  nock("http://127.0.0.1:4499")
    .post("/api/graphql", (body: { query: string }) => asked.push(body.query) > 0)
    .reply(200, { data: { repository: null }, errors: [{ type: "NOT_FOUND", message: "Could not resolve" }] });
  await expect(readBranch({ client }, "ghu_x", { repository, branch: "main" })).rejects.toThrow(GraphqlRefusal);
  expect(asked).toEqual([expect.stringContaining("followRenames: false")]);
});

test("a repository that moved is not found under its old name, and its new place is not asked", async () => {
  const github = nock("http://127.0.0.1:4499");
  for (const path of ["/api/v3/repos/acme/old/installation", "/api/v3/repos/acme/old"]) {
    github.get(path).reply(301, { message: "Moved Permanently" }, { location: "http://127.0.0.1:4499/elsewhere" });
  }
  github
    .get(/installation$/)
    .times(2)
    .reply(200, { repository_selection: "all", html_url: "" });
  const elsewhere = nock("http://127.0.0.1:4499").get("/elsewhere").reply(200, {});
  const app = {
    jwt: async () => "eyJ.a.b",
    token: async () => "ghs_x",
    bot: async () => ({ id: 1, login: "onbehalf[bot]" }),
    hidden: async () => new Problem("repository_not_found", "There is no such repository."),
    permissions: async () => null,
    tokenByNumber: async () => "ghs_x",
  };
  const refusal = new GraphqlRefusal([{ type: "NOT_FOUND", message: "Could not resolve to a Repository" }]);
  const request = {
    repository,
    branch: "main",
    webUrl: "http://127.0.0.1:4499",
    attribution: "user" as const,
    changes: { files: [] },
  };
  expect(await explainRefusal({ client, app }, "ghu_x", refusal, request)).toMatchObject({
    code: "repository_not_found",
  });
  expect(elsewhere.isDone()).toBe(false);
});
