import { createAppAuth } from "@octokit/auth-app";
import { checkToken, deleteAuthorization, exchangeWebFlowCode, refreshToken } from "@octokit/oauth-methods";
import { request } from "@octokit/request";
import { RequestError } from "@octokit/request-error";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { CALLBACK, visit } from "./authorize.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.setCallbackUrls([CALLBACK]);
});
afterAll(() => sandbox.close());

test("Octokit's own OAuth verbs work against it", async () => {
  const { clientId, clientSecret } = sandbox.app;
  const app = { clientType: "github-app", clientId, clientSecret } as const;
  const octokit = request.defaults({ baseUrl: sandbox.apiUrl });
  const code = (await visit(sandbox, "ada")).searchParams.get("code") ?? "";
  const exchanged = await exchangeWebFlowCode({ ...app, code, redirectUrl: CALLBACK, request: octokit });
  if (!("refreshToken" in exchanged.authentication)) throw new Error("the token does not expire");
  const refreshed = await refreshToken({
    ...app,
    refreshToken: exchanged.authentication.refreshToken,
    request: octokit,
  });
  const { token } = refreshed.authentication;
  const checked = await checkToken({ ...app, token, request: octokit });
  expect(checked.data.user?.login).toBe("ada");
  expect((await deleteAuthorization({ ...app, token, request: octokit })).status).toBe(204);
  await expect(checkToken({ ...app, token, request: octokit })).rejects.toThrow(RequestError);
});

test("an app signs in with its key and gets installation tokens", async () => {
  const octokit = request.defaults({ baseUrl: sandbox.apiUrl });
  const auth = createAppAuth({ appId: sandbox.app.id, privateKey: sandbox.app.privateKey, request: octokit });
  const { token: jwt } = await auth({ type: "app" });
  const found = await octokit("GET /orgs/{org}/installation", {
    org: "acme",
    headers: { authorization: `bearer ${jwt}` },
  });
  const { token } = await auth({ type: "installation", installationId: found.data.id });
  const { data } = await octokit("GET /repos/{owner}/{repo}", {
    owner: "acme",
    repo: "secret",
    headers: { authorization: `token ${token}` },
  });
  expect(data.full_name).toBe("acme/secret");
  // Octokit writes the slash of a ref as %2F.
  const ref = await octokit("GET /repos/{owner}/{repo}/git/ref/{ref}", {
    owner: "acme",
    repo: "secret",
    ref: "heads/main",
    headers: { authorization: `token ${token}` },
  });
  expect(ref.data.object.sha).toBe(sandbox.repository("acme/secret").head());
});
