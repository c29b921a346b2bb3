import { request as connect } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { sent, standing } from "../harness/history.ts";
import { useStack } from "../harness/use-stack.ts";

const ada = "gh.583231";
const stack = useStack();
let key: string;
let pass: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  const all = ["commit", "pull-request", "api:read", "api:write"];
  await stack.delegate(ada, "deploy-bot", ["acme/*", "ada/*"], ["*"], all);
  pass = await passFor({ branches: ["agents/*"] });
});

async function passFor(change: Record<string, unknown>): Promise<string> {
  const capabilities = ["commit", "pull-request", "api:read", "api:write"];
  const wish = { user: ada, repositories: ["acme/site"], capabilities, expires_in: 3600, ...change };
  const answer = await stack.call("POST", "/api/v1/passes", { key, body: wish });
  expect(answer.status).toBe(201);
  return String(answer.body.pass);
}

const api = (
  method: string,
  path: string,
  options: { key?: string; body?: unknown; headers?: Record<string, string> } = {},
) => stack.call(method, `/api/v3${path}`, { key: pass, ...options });

/** A request whose first line is just as given: `fetch` would tidy the path up. */
function raw(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(stack.url);
  return new Promise((resolve, reject) => {
    const request = connect(
      { hostname, port, path, headers: { authorization: `token ${pass}`, ...headers } },
      (answer) => {
        let body = "";
        answer.on("data", (chunk) => {
          body += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
      },
    );
    request.on("error", reject);
    request.end();
  });
}

async function expectRefused(act: () => Promise<{ status: number; body: unknown }>, status: number, code: string) {
  const before = { standing: await standing(stack), requests: sent(stack) };
  const answer = await act();
  const body = typeof answer.body === "string" ? JSON.parse(answer.body) : answer.body;
  expect({ status: answer.status, code: body.code }).toEqual({ status, code });
  expect(body.message).toBe(body.detail);
  expect({ standing: await standing(stack), requests: sent(stack) }).toEqual(before);
}

describe("GitHub's REST API with a pass", () => {
  test("answers as to the person, and tells so in the audit log", async () => {
    const answer = await api("GET", "/repos/acme/site", { headers: { "x-request-id": "theirs" } });
    expect(answer).toMatchObject({ status: 200, body: { full_name: "acme/site", permissions: { push: true } } });
    expect(await api("GET", "/user")).toMatchObject({ status: 200, body: { login: "ada" } });
    await expect
      .poll(async () => {
        const { rows } = await stack.database.query({
          text: "SELECT action, repository, result, detail FROM audit_events WHERE action = 'api.read' ORDER BY id",
          values: [],
        });
        return rows;
      })
      .toEqual([
        { action: "api.read", repository: "acme/site", result: "succeeded", detail: { method: "GET", path: "/" } },
        { action: "api.read", repository: null, result: "succeeded", detail: { method: "GET", path: "/user" } },
      ]);
  });

  test("writes within its branches", async () => {
    const head = stack.sandbox.repository("acme/site").head("main");
    const body = { ref: "refs/heads/agents/api", sha: head };
    await expectRefused(() => api("POST", "/repos/acme/site/git/refs", { body }), 403, "pass_scope");
    const wide = await passFor({ capabilities: ["commit", "api:write"] });
    const file = { message: "A", content: Buffer.from("a").toString("base64"), branch: "main" };
    expect(await api("PUT", "/repos/acme/site/contents/a%20b.txt", { key: wide, body: file })).toMatchObject({
      status: 201,
    });
    const { rows } = await stack.database.query({
      text: "SELECT result, branch, detail FROM audit_events WHERE action = 'api.write' ORDER BY id DESC LIMIT 1",
      values: [],
    });
    expect(rows).toEqual([{ result: "succeeded", branch: "main", detail: { method: "PUT", path: "/contents/*" } }]);
  });

  test("keeps the caller's credential and cookies to itself, and sets none", async () => {
    const before = sent(stack);
    const answer = await api("GET", "/repos/acme/site", {
      headers: { cookie: "a=b", "x-http-method-override": "DELETE" },
    });
    expect(answer.headers.getSetCookie()).toEqual([]);
    for (const request of stack.sandbox.requests.slice(before)) {
      expect(JSON.stringify(request)).not.toContain(pass);
      expect(request.method).toBe("GET");
    }
  });

  test.each<[string, string, string, unknown?]>([
    ["another repository", "GET", "/repos/acme/secret"],
    ["another repository by number", "GET", "/repositories/1"],
    [
      "a branch that is not its own",
      "PUT",
      "/repos/acme/site/contents/a",
      { branch: "main", content: "", message: "A" },
    ],
    ["the default branch, by naming none", "PUT", "/repos/acme/site/contents/a", { content: "", message: "A" }],
    ["another branch's ref", "PATCH", "/repos/acme/site/git/refs/heads/main", { sha: "0" }],
    ["another branch's ref, encoded", "DELETE", "/repos/acme/site/git/refs/heads%2Fmain"],
    ["objects that may lead anywhere", "POST", "/repos/acme/site/git/commits", { message: "A" }],
    ["a merge into another branch", "POST", "/repos/acme/site/merges", { base: "main", head: "agents/x" }],
    ["merging a pull request", "PUT", "/repos/acme/site/pulls/1/merge", {}],
    ["the repository itself", "DELETE", "/repos/acme/site"],
    ["a copy of it elsewhere", "POST", "/repos/acme/site/forks", {}],
    ["a new repository", "POST", "/user/repos", { name: "x" }],
  ])("is refused for %s, and nothing is sent", async (_what, method, path, body) => {
    await expectRefused(() => api(method, path, body === undefined ? {} : { body }), 403, "pass_scope");
  });

  test.each([
    "/app",
    "/app/installations",
    "/applications/x/token",
    "/repos/acme/site/keys",
    "/repos/acme/site/hooks",
    "/repos/acme/site/actions/secrets",
    "/repos/acme/site/actions/runners/registration-token",
    "/user/keys",
    "/orgs/acme/actions/secrets",
  ])("is closed at %s", async (path) => {
    await expectRefused(() => api("GET", path), 404, "not_found");
  });

  test.each([
    "/repos/acme/site/../secret",
    "/repos/acme/site/%2e%2e/secret",
    "/repos/acme/site/%2E%2e%2fsecret",
    "/repos/acme//site",
    "/repos/acme/site;x=1",
    "/repos/acme/site%3bx",
    "/repos/acme/site/contents/a\\..\\b",
    "/repos/acme/site/contents/%5c",
    "/repos/acme/site/contents/%00",
    "/repos/acme/site/contents/%0d%0ahost:x",
    "/repos/acme/%2fsecret",
    "//evil.example/repos",
  ])("takes no path that can be read in two ways: %s", async (path) => {
    await expectRefused(() => raw(`/api/v3${path}`), 400, "bad_request");
  });

  test("takes no path whose encoding is broken", async () => {
    const before = sent(stack);
    const answer = await raw("/api/v3/repos/acme/site%");
    expect(JSON.parse(answer.body)).toMatchObject({ status: 400, code: "bad_request" });
    expect(sent(stack)).toBe(before);
  });

  test("takes no other host than GitHub's from the caller", async () => {
    const before = sent(stack);
    expect((await raw(`http://evil.example/api/v3/repos/acme/site`)).status).toBe(400);
    expect(sent(stack)).toBe(before);
    expect((await raw("/api/v3/repos/acme/site", { host: "evil.example" })).status).toBe(200);
    expect(sent(stack)).toBeGreaterThan(before);
  });

  test("lists what lies in many repositories as GitHub limits it to the pass's", async () => {
    const answer = await api("GET", "/user/repos");
    expect(answer.status).toBe(200);
    expect(Object.values(answer.body)).toEqual([expect.objectContaining({ full_name: "acme/site" })]);
  });

  test("takes a bot's long-lived key only where that was configured", async () => {
    await expectRefused(
      () => api("GET", "/repos/acme/site", { key, headers: { "x-on-behalf-of": ada } }),
      403,
      "key_kind",
    );
    const unnamed = await api("GET", "/repos/acme/site", { key });
    expect(unnamed).toMatchObject({ status: 400, body: { message: expect.stringContaining("use a pass") } });
    const other = await stack.replica({ BOT_KEYS_ON_LOOK_ALIKE: "true" });
    const answer = await stack.call("GET", "/api/v3/repos/acme/site", {
      key,
      url: other.url,
      headers: { "x-on-behalf-of": ada },
    });
    expect(answer.status).toBe(200);
  });

  test("takes X-On-Behalf-Of beside a pass only for its person", async () => {
    expect((await api("GET", "/user", { headers: { "x-on-behalf-of": ada } })).status).toBe(200);
    await expectRefused(() => api("GET", "/user", { headers: { "x-on-behalf-of": "gh.4712036" } }), 400, "bad_request");
  });
});
