import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize, requestToken } from "./authorize.ts";
import { call } from "./call.ts";

let sandbox: Sandbox;
let receiver: Server;
let basic: string;
let path: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  receiver = createServer((_request, response) => response.writeHead(204).end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  const { port } = receiver.address() as AddressInfo;
  sandbox.setWebhookUrl(`http://127.0.0.1:${port}/`);
  basic = `${sandbox.app.clientId}:${sandbox.app.clientSecret}`;
  path = `/applications/${sandbox.app.clientId}`;
});
beforeEach(() => void sandbox.deliveries.splice(0));
afterAll(async () => {
  await sandbox.close();
  receiver.close();
});

const refresh = (refresh_token: string) => requestToken(sandbox, { grant_type: "refresh_token", refresh_token });
const alive = async (token: string) => (await call(sandbox, "GET", "/user", { token })).status === 200;

describe("checking a token", () => {
  test("names the person; an invalid one is 404, wrong credentials are 401", async () => {
    const { access_token } = await authorize(sandbox, "ada");
    const body = { access_token };
    const good = await call(sandbox, "POST", `${path}/token`, { basic, body });
    expect(good.body).toMatchObject({ token: access_token, user: { id: 583231, login: "ada" } });
    expect((await call(sandbox, "POST", `${path}/token`, { basic, body: { access_token: "ghu_no" } })).status).toBe(
      404,
    );
    expect((await call(sandbox, "POST", `${path}/token`, { basic: "a:b", body })).status).toBe(401);
    expect((await call(sandbox, "POST", `${path}/token`, { basic, body: {} })).status).toBe(422);
  });

  test("an expired token is 404 although the grant lives", async () => {
    const { access_token } = await authorize(sandbox, "linus");
    sandbox.expireAccessToken("linus");
    expect((await call(sandbox, "POST", `${path}/token`, { basic, body: { access_token } })).status).toBe(404);
    expect((await call(sandbox, "DELETE", `${path}/grant`, { basic, body: { access_token } })).status).toBe(404);
    expect(sandbox.grants().map(({ login }) => login)).toContain("linus");
  });

  test("resetting gives another token and kills the old one", async () => {
    const { access_token } = await authorize(sandbox, "ada");
    const { body } = await call(sandbox, "PATCH", `${path}/token`, { basic, body: { access_token } });
    expect(await alive(body.token)).toBe(true);
    expect(await alive(access_token)).toBe(false);
  });
});

describe("deleting", () => {
  test.each([true, false])("a token's deletion kills its refresh token: %s", async (kills) => {
    sandbox.switches.deletingTokenKillsRefreshToken = kills;
    const one = await authorize(sandbox, "ada");
    const other = await authorize(sandbox, "ada");
    const gone = await call(sandbox, "DELETE", `${path}/token`, { basic, body: { access_token: one.access_token } });
    expect(gone.status).toBe(204);
    expect(await alive(one.access_token)).toBe(false);
    expect(await alive(other.access_token)).toBe(true);
    expect("access_token" in (await refresh(one.refresh_token))).toBe(!kills);
    sandbox.switches.deletingTokenKillsRefreshToken = true;
  });

  test.each([true, false])("a grant's deletion sends the webhook: %s", async (sends) => {
    sandbox.switches.webhookOnApiGrantDeletion = sends;
    const one = await authorize(sandbox, "grace");
    const other = await authorize(sandbox, "grace");
    const gone = await call(sandbox, "DELETE", `${path}/grant`, { basic, body: { access_token: one.access_token } });
    expect(gone.status).toBe(204);
    expect(await alive(other.access_token)).toBe(false);
    expect((await refresh(other.refresh_token)).error).toBe("bad_refresh_token");
    expect(sandbox.grants().map(({ login }) => login)).not.toContain("grace");
    await sandbox.settled();
    expect(sandbox.deliveries.filter(({ event }) => event === "github_app_authorization")).toHaveLength(sends ? 1 : 0);
    sandbox.switches.webhookOnApiGrantDeletion = true;
  });

  test("a person's own revocation kills everything and tells the app, unless the delivery is lost", async () => {
    const first = await authorize(sandbox, "linus");
    await sandbox.revokeGrant("linus", { deliver: false });
    expect(await alive(first.access_token)).toBe(false);
    expect(sandbox.deliveries).toHaveLength(0);
    await authorize(sandbox, "linus");
    await sandbox.revokeGrant("linus");
    expect(sandbox.deliveries).toMatchObject([{ event: "github_app_authorization", action: "revoked", status: 204 }]);
  });
});
