import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize } from "./authorize.ts";
import { call, commit } from "./call.ts";

let sandbox: Sandbox;
let token: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  token = (await authorize(sandbox, "ada")).access_token;
});
afterAll(() => sandbox.close());

const look = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(sandbox.webUrl + path, { headers });
  return { status: answer.status, text: await answer.text() };
};
const press = (path: string, fields: Record<string, string>) =>
  fetch(sandbox.webUrl + path, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });

test("the address of a commit shows whose it is, and that it is verified", async () => {
  const { body } = await commit(sandbox, token, { message: { headline: "<script>alert(1)</script>" } });
  const { text } = await look(new URL(body.data.createCommitOnBranch.commit.url).pathname);
  expect(text).toContain("Ada Lovelace &lt;ada@example.com&gt;");
  expect(text).toContain("GitHub &lt;noreply@github.com&gt;");
  expect(text).toContain("Verified");
  expect(text).not.toContain("<script>");
  expect((await look("/acme/site")).text).toContain("&lt;script&gt;");
});

test("the front page lists people and repositories; unknown addresses are 404", async () => {
  const { text } = await look("/");
  for (const word of ["ada", "grace", "acme/site", "ada/notes"]) expect(text).toContain(word);
  expect((await look("/acme/none")).status).toBe(404);
  expect((await look("/acme/site/commit/nothing")).status).toBe(404);
});

test("a private repository is shown to those who may see it", async () => {
  expect((await look("/acme/secret")).status).toBe(404);
  expect((await look("/acme/secret", { cookie: "sandbox_login=4712036" })).status).toBe(200);
  expect((await look("/acme/secret", { cookie: "sandbox_login=9919314" })).status).toBe(404);
});

test("a person revokes the app on the settings page", async () => {
  const { access_token } = await authorize(sandbox, "grace");
  expect((await look("/settings/apps/authorizations?login=grace")).text).toContain("<button>Revoke</button>");
  expect((await press("/settings/apps/authorizations", { login: "grace" })).status).toBe(303);
  expect((await call(sandbox, "GET", "/user", { token: access_token })).status).toBe(401);
  expect((await look("/settings/apps/authorizations?login=grace")).text).not.toContain("<button>Revoke</button>");
});

test("an owner installs and uninstalls the app", async () => {
  await sandbox.addRepository("linus/kernel", { private: true, files: { a: "1" } });
  const { access_token } = await authorize(sandbox, "linus");
  const seen = async () => (await call(sandbox, "GET", "/repos/linus/kernel", { token: access_token })).status;
  expect(await seen()).toBe(404);
  await press("/apps/onbehalf/installations/new", { owner: "linus", action: "install" });
  expect(await seen()).toBe(200);
  await press("/apps/onbehalf/installations/new", { owner: "linus", action: "uninstall" });
  expect(await seen()).toBe(404);
});

test("avatars are pictures", async () => {
  expect((await look("/avatars/583231.svg")).text).toContain("<svg");
});
