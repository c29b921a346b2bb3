import { sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { call, commit, graphql } from "./call.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

function jwt(claims: { iss?: string | number; exp?: number; iat?: number } = {}, key = sandbox.app.privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: now - 30, exp: now + 540, iss: sandbox.app.id, ...claims })}`;
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
}

async function installationToken(body: object = {}) {
  const { id } = (await call(sandbox, "GET", "/orgs/acme/installation", { token: jwt() })).body;
  return call(sandbox, "POST", `/app/installations/${id}/access_tokens`, { token: jwt(), body });
}

describe("the app's JWT", () => {
  test("is taken with the app's id and with its client id", async () => {
    for (const iss of [sandbox.app.id, String(sandbox.app.id), sandbox.app.clientId]) {
      const answer = await call(sandbox, "GET", "/app", { token: jwt({ iss }) });
      expect(answer.body).toMatchObject({ id: sandbox.app.id, slug: "onbehalf" });
    }
  });

  test("is refused when expired, too long, of another app, or changed", async () => {
    const now = Math.floor(Date.now() / 1000);
    const changed = jwt().replace(/.$/, (last) => (last === "A" ? "Q" : "A"));
    for (const token of [jwt({ exp: now - 1 }), jwt({ exp: now + 3600 }), jwt({ iss: 1 }), `x${changed}`]) {
      expect((await call(sandbox, "GET", "/app", { token })).status).toBe(401);
    }
  });

  test("finds installations", async () => {
    const token = jwt();
    const get = async (path: string) => (await call(sandbox, "GET", path, { token })).body;
    expect(await get("/app/installations")).toHaveLength(2);
    expect(await get("/repos/acme/site/installation")).toMatchObject({
      account: { login: "acme" },
      target_type: "Organization",
    });
    expect(await get("/users/ada/installation")).toMatchObject({ target_type: "User" });
    expect((await call(sandbox, "GET", "/users/linus/installation", { token })).status).toBe(404);
  });
});

describe("installation tokens", () => {
  test("are long, last an hour and reach what the installation reaches", async () => {
    const { status, body } = await installationToken();
    expect(status).toBe(201);
    expect(body.token).toMatch(/^ghs_/);
    expect(body.token.length).toBeGreaterThan(500);
    expect((await call(sandbox, "GET", "/repos/acme/secret", { token: body.token })).status).toBe(200);
    expect((await call(sandbox, "GET", "/user", { token: body.token })).body.message).toBe(
      "Resource not accessible by integration",
    );
    const listed = await call(sandbox, "GET", "/installation/repositories", { token: body.token });
    expect(listed.body.repositories.map((one: { full_name: string }) => one.full_name)).toEqual([
      "acme/site",
      "acme/secret",
    ]);
    expect(sandbox.issuedTokens()).toContain(body.token);
  });

  test("can be limited to repositories and permissions, never widened", async () => {
    const { body } = await installationToken({ repositories: ["site"], permissions: { contents: "read" } });
    expect(body).toMatchObject({ repository_selection: "selected", permissions: { contents: "read" } });
    expect((await call(sandbox, "GET", "/repos/acme/secret", { token: body.token })).status).toBe(404);
    const refused = await commit(sandbox, body.token);
    expect(refused.body.errors[0]).toMatchObject({
      type: "FORBIDDEN",
      message: "Resource not accessible by integration",
    });
    expect((await installationToken({ repositories: ["notes"] })).status).toBe(422);
    expect((await installationToken({ permissions: { administration: "write" } })).status).toBe(422);
  });

  test("commit as the app's bot, signed", async () => {
    const { body } = await installationToken();
    const made = (await commit(sandbox, body.token, { files: { "bot.txt": "b" } })).body.data.createCommitOnBranch
      .commit;
    expect(made.author.name).toBe("onbehalf[bot]");
    expect(made.author.email).toMatch(/^\d+\+onbehalf\[bot\]@users\.noreply\.github\.com$/);
    expect(made.signature.isValid).toBe(true);
    const { data } = (await graphql(sandbox, body.token, "{ viewer { login } }")).body;
    expect(data.viewer.login).toBe("onbehalf[bot]");
  });

  test("die with the installation", async () => {
    await sandbox.addRepository("linus/tool", { private: true, files: { a: "1" } });
    sandbox.setInstallation("linus", "all");
    const { id } = (await call(sandbox, "GET", "/users/linus/installation", { token: jwt() })).body;
    const made = await call(sandbox, "POST", `/app/installations/${id}/access_tokens`, { token: jwt() });
    expect((await call(sandbox, "GET", "/repos/linus/tool", { token: made.body.token })).status).toBe(200);
    sandbox.setInstallation("linus", null);
    expect((await call(sandbox, "GET", "/repos/linus/tool", { token: made.body.token })).status).toBe(401);
    expect((await call(sandbox, "GET", "/users/linus/installation", { token: jwt() })).status).toBe(404);
  });

  test("of one sandbox mean nothing to another", async () => {
    const other = await startSandbox();
    try {
      expect((await call(other, "GET", "/app", { token: jwt() })).status).toBe(401);
    } finally {
      await other.close();
    }
  });
});
