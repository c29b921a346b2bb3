import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize, requestToken } from "./authorize.ts";
import { call, commit } from "./call.ts";

let sandbox: Sandbox;
let token: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  token = (await authorize(sandbox, "ada")).access_token;
});
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

test("an answer is replaced as often as asked, for the matching request only", async () => {
  const respond = { status: 503, body: { message: "away" }, headers: { "retry-after": "7" } };
  sandbox.faults.add({ match: { path: "/user", method: "get" }, times: 2, respond });
  expect((await call(sandbox, "GET", "/users/ada", { token })).status).toBe(200);
  for (let seen = 0; seen < 2; seen += 1) {
    const answer = await call(sandbox, "GET", "/user", { token });
    expect(answer).toMatchObject({ status: 503, body: { message: "away" } });
    expect(answer.headers.get("retry-after")).toBe("7");
  }
  expect((await call(sandbox, "GET", "/user", { token })).status).toBe(200);
});

test("a lost answer leaves the work done", async () => {
  const before = sandbox.repository("acme/site").head();
  sandbox.faults.add({ match: { operation: "createCommitOnBranch" }, dropAfterHandling: true });
  await expect(commit(sandbox, token)).rejects.toThrow();
  expect(sandbox.repository("acme/site").head()).not.toBe(before);
  expect(sandbox.requests.at(-1)).toMatchObject({ operation: "Commit", as: "ada", status: 0 });
});

test("a connection cut before leaves nothing done", async () => {
  const before = sandbox.repository("acme/site").head();
  sandbox.faults.add({ match: { operation: "Commit", login: "ada" }, dropBefore: true });
  await expect(commit(sandbox, token)).rejects.toThrow();
  expect(sandbox.repository("acme/site").head()).toBe(before);
});

test("a refresh can lose its answer after rotating", async () => {
  const { refresh_token } = await authorize(sandbox, "grace");
  sandbox.faults.add({ match: { operation: "refresh", login: "grace" }, dropAfterHandling: true });
  const refresh = () => requestToken(sandbox, { grant_type: "refresh_token", refresh_token });
  await expect(refresh()).rejects.toThrow();
  expect((await refresh()).error).toBe("bad_refresh_token");
});

test("patterns and persons choose too", async () => {
  const other = (await authorize(sandbox, "linus")).access_token;
  sandbox.faults.add({ match: { path: /^\/api\/v3\/repos\//g, login: "linus" }, times: 5, respond: { status: 502 } });
  expect((await call(sandbox, "GET", "/repos/acme/site", { token })).status).toBe(200);
  const answer = await fetch(`${sandbox.apiUrl}/repos/acme/site`, { headers: { authorization: `token ${other}` } });
  expect(answer.status).toBe(502);
});

test("requests are recorded with who sent them, never with a query", async () => {
  await call(sandbox, "GET", "/user?code=secret", { token });
  expect(sandbox.requests.at(-1)).toMatchObject({ method: "GET", path: "/api/v3/user", status: 200, as: "ada" });
});
