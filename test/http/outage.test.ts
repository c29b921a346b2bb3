import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type DatabaseProxy, openDatabaseProxy } from "../harness/database-proxy.ts";
import { type Gate, openGate } from "../harness/gate.ts";
import { sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import { type ApiAnswer, type Stack, startStack } from "../harness/stack.ts";

let stack: Stack;
let database: DatabaseProxy;
let gate: Gate;
let key: string;
let url: string;
let cookies: string;

beforeAll(async () => {
  stack = await startStack();
  const { browser } = await stack.connect("ada");
  cookies = browser.cookies(stack.url);
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
  database = await openDatabaseProxy(stack.databaseUrl);
  gate = await openGate(stack.sandbox);
  ({ url } = await stack.replica({ DATABASE_URL: database.url, GITHUB_API_URL: gate.apiUrl }));
});
afterEach(async () => {
  gate.clear();
  database.mend();
  await vi.waitFor(async () => expect((await stack.call("GET", "/readyz", { url })).status).toBe(200), 10_000);
});
afterAll(async () => {
  await stack.stop();
  await gate.close();
  await database.close();
});

/** A delivery, whatever it is about. */
function deliver(event: string, payload: object): Promise<ApiAnswer> {
  const body = JSON.stringify(payload);
  const signature = createHmac("sha256", stack.sandbox.app.webhookSecret).update(body).digest("hex");
  const headers = {
    "x-github-event": event,
    "x-github-delivery": `${process.hrtime.bigint()}`,
    "x-hub-signature-256": `sha256=${signature}`,
  };
  return stack.call("POST", "/api/github/webhooks", { url, body, headers });
}

const requests: Record<string, () => Promise<ApiAnswer>> = {
  "a commit": () => stack.commit(key, {}, { url }),
  "a commit with a large body": () =>
    stack.commit(key, { changes: [{ path: "large", content: "x".repeat(1_000_000) }] }, { url }),
  "git's identity": () => stack.call("GET", "/api/v1/users/gh.583231/git-identity", { key, url }),
  "what a platform ends": () => stack.call("DELETE", "/api/v1/users/gh.583231/accounts/github", { key, url }),
  "a key that nobody knows": () => stack.commit(`ob_${"A".repeat(43)}`, {}, { url }),
  readiness: () => stack.call("GET", "/readyz", { url }),
  "a delivery that ends an account": () =>
    deliver("github_app_authorization", { action: "revoked", sender: { id: 583231, login: "ada" } }),
  "a delivery of a push": () => deliver("push", { ref: "refs/heads/main" }),
};

const pages = ["/", "/accounts", "/permissions", "/admin/accounts", "/connect/github/callback?code=x&state=y"];

async function expectPageUnavailable(path: string, cookie: string) {
  const response = await fetch(`${url}${path}`, { headers: { cookie }, redirect: "manual" });
  expect([path, response.status, response.headers.get("retry-after")]).toEqual([path, 503, "5"]);
  expect(response.headers.get("content-type")).toMatch(/^text\/html/);
  expect(await response.text()).toContain("database_unavailable");
}

test.each(["cut", "silence"] as const)(
  "with the database away (%s) everything says when to come back, and GitHub is asked for nothing",
  async (how) => {
    const before = { standing: await standing(stack), sent: sent(stack) };
    database[how]();
    const [answers] = await Promise.all([
      Promise.all(
        Object.entries(requests).map(async ([name, request]): Promise<[string, ApiAnswer]> => [name, await request()]),
      ),
      ...pages.flatMap((path) => [expectPageUnavailable(path, cookies), expectPageUnavailable(path, "")]),
    ]);
    for (const [name, answer] of answers) {
      expect([name, answer.status, answer.body.code]).toEqual([name, 503, "database_unavailable"]);
      expectProblem(answer, 503, "database_unavailable");
      expect(answer.headers.get("retry-after")).toBe("5");
    }
    expect((await stack.call("GET", "/healthz", { url })).status).toBe(200);
    expect({ standing: await standing(stack), sent: sent(stack) }).toEqual(before);
  },
);

test("it goes on by itself as soon as the database is back", async () => {
  database.cut();
  expect((await stack.commit(key, {}, { url })).status).toBe(503);
  database.mend();
  await vi.waitFor(async () => expect((await stack.call("GET", "/readyz", { url })).status).toBe(200), 10_000);
  const answer = await stack.commit(key, { changes: [{ path: "back.txt", content: "back" }] }, { url });
  expect(answer.status).toBe(201);
  expect((await deliver("push", { ref: "refs/heads/main" })).status).toBe(202);
});

test("a commit that stands is answered even if the database goes away meanwhile", async () => {
  gate.before("createCommitOnBranch", () => database.cut());
  const answer = await stack.commit(key, { changes: [{ path: "meanwhile.txt", content: "1" }] }, { url });
  expect(answer.status).toBe(201);
  expect(stack.sandbox.repository("acme/site").head()).toBe(answer.body.oid);
  const { rows } = await stack.database.query({
    text: "SELECT result FROM audit_events WHERE request_id = $1",
    values: [answer.headers.get("x-request-id")],
  });
  expect(rows).toEqual([{ result: "started" }]);
});
