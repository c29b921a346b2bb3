import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AppControls, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize, CALLBACK, requestToken, visit } from "./authorize.ts";
import { call, commit } from "./call.ts";

let sandbox: Sandbox;
let second: AppControls;
let receiver: Server;
let received: { app: string; event: string }[];

beforeAll(async () => {
  sandbox = await startSandbox({ secondApp: true });
  if (!sandbox.second) throw new Error("there is no second app");
  second = sandbox.second;
  receiver = createServer((request, response) => {
    received.push({ app: request.url ?? "", event: String(request.headers["x-github-event"]) });
    request.resume();
    response.writeHead(202).end();
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const address = receiver.address();
  const port = typeof address === "object" && address ? address.port : 0;
  sandbox.setWebhookUrl(`http://127.0.0.1:${port}/first`);
  second.setWebhookUrl(`http://127.0.0.1:${port}/second`);
});
beforeEach(() => {
  received = [];
});
afterAll(async () => {
  await sandbox.close();
  receiver.close();
});

/** A person's token for one of the apps. */
async function tokenOf(app: AppControls, login: string): Promise<string> {
  const one: Sandbox = Object.create(sandbox, {
    app: { value: app.app },
    setCallbackUrls: { value: app.setCallbackUrls },
  });
  return (await authorize(one, login)).access_token;
}

test("a code and a token of one app are nothing to the other", async () => {
  sandbox.setCallbackUrls([CALLBACK]);
  second.setCallbackUrls([CALLBACK]);
  const { clientId: client_id, clientSecret: client_secret, slug } = second.app;
  const code = (await visit(sandbox, "grace")).searchParams.get("code") ?? "";
  const asked = { code, redirect_uri: CALLBACK };
  expect(await requestToken(sandbox, { ...asked, client_id, client_secret })).toMatchObject({
    error: "bad_verification_code",
  });
  const { access_token } = await requestToken(sandbox, asked);
  expect(second.grants()).toEqual([]);
  const check = (app: AppControls) =>
    call(sandbox, "POST", `/applications/${app.app.clientId}/token`, {
      basic: `${app.app.clientId}:${app.app.clientSecret}`,
      body: { access_token },
    });
  expect([(await check(sandbox)).status, (await check(second)).status]).toEqual([200, 404]);
  expect(slug).toBe("onbehalf-lite");
});

test("a grant that ends leaves the other app's as it is, and only its own app hears of it", async () => {
  const [one, other] = [await tokenOf(sandbox, "ada"), await tokenOf(second, "ada")];
  const user = async (token: string) => (await call(sandbox, "GET", "/user", { token })).status;
  await second.revokeGrant("ada");
  expect([await user(one), await user(other)]).toEqual([200, 401]);
  expect(received).toEqual([{ app: "/second", event: "github_app_authorization" }]);
});

test("a token reaches what its own app is installed on, and each installed app hears of a push", async () => {
  const token = await tokenOf(second, "ada");
  const written = await commit(sandbox, token);
  expect(written.body.errors).toBeUndefined();
  await sandbox.settled();
  expect(received.map(({ app }) => app).sort()).toEqual(["/first", "/second"]);
  second.setInstallation("acme", null);
  expect((await commit(sandbox, token, { files: { "b.txt": "b\n" } })).body.errors).toMatchObject([
    { type: "FORBIDDEN", message: "Resource not accessible by integration" },
  ]);
});
