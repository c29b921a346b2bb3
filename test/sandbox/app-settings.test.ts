import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { appJwt, installationToken } from "./app-token.ts";
import { authorize } from "./authorize.ts";
import { call, commit } from "./call.ts";

const ASKED: Record<string, "read" | "write"> = {
  contents: "write",
  pull_requests: "write",
  issues: "write",
  workflows: "write",
  metadata: "read",
};

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const asApp = async (method: string, path: string) => call(sandbox, method, path, { token: appJwt(sandbox) });
const installation = async (owner: string) =>
  (await asApp("GET", "/app/installations")).body.find(
    (one: { account: { login: string } }) => one.account.login === owner,
  );

test("the app says its permissions and events, and so does each installation", async () => {
  const shown = {
    permissions: ASKED,
    events: ["push", "issue_comment", "pull_request", "pull_request_review_comment"],
  };
  expect((await asApp("GET", "/app")).body).toMatchObject({ ...shown, client_id: sandbox.app.clientId });
  expect(await installation("acme")).toMatchObject({ ...shown, suspended_at: null });
});

describe("an app that asks for other permissions", () => {
  test("has more of them only where they were accepted, and less everywhere at once", async () => {
    const { contents: _, ...others } = ASKED;
    sandbox.updateApp({ permissions: { ...others, contents: "read", actions: "read" } });
    expect((await asApp("GET", "/app")).body.permissions).toMatchObject({ contents: "read", actions: "read" });
    expect((await installation("acme")).permissions).toEqual({ ...ASKED, contents: "read" });
    const { access_token } = await authorize(sandbox, "ada");
    expect((await commit(sandbox, access_token)).body.errors[0].type).toBe("FORBIDDEN");
    sandbox.updateApp({ permissions: { ...others, contents: "write" } });
    expect((await installation("acme")).permissions.contents).toBe("read");
    sandbox.updateInstallation("acme", { acceptPermissions: true });
    expect((await installation("acme")).permissions).toEqual(ASKED);
    expect((await commit(sandbox, access_token)).body.errors).toBeUndefined();
  });
});

describe("a suspended installation", () => {
  test("reaches nothing, gives no tokens, and works again when it is woken", async () => {
    const token = await installationToken(sandbox, "acme");
    sandbox.updateInstallation("acme", { suspended: true });
    const { id, suspended_at } = await installation("acme");
    expect(Date.parse(suspended_at)).toBeGreaterThan(0);
    const refused = await asApp("POST", `/app/installations/${id}/access_tokens`);
    expect(refused).toMatchObject({ status: 403, body: { message: "This installation has been suspended" } });
    expect((await call(sandbox, "GET", "/repos/acme/secret", { token })).status).toBe(404);
    sandbox.updateInstallation("acme", { suspended: false });
    expect((await installation("acme")).suspended_at).toBeNull();
    expect((await call(sandbox, "GET", "/repos/acme/secret", { token })).status).toBe(200);
  });
});
