import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize, type Pair, requestToken } from "./authorize.ts";
import { call, commit } from "./call.ts";

let sandbox: Sandbox;
let pair: Pair;

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(async () => {
  await sandbox.revokeGrant("ada", { deliver: false });
  pair = await authorize(sandbox, "ada");
});
afterAll(() => sandbox.close());

const ask = (path: string, body: object, method = "POST") =>
  call(sandbox, method, `/applications/${sandbox.app.clientId}${path}`, {
    basic: `${sandbox.app.clientId}:${sandbox.app.clientSecret}`,
    body,
  });
const scope = async (limits: object = { target: "acme", repositories: ["site"] }) =>
  ask("/token/scoped", { access_token: pair.access_token, ...limits });
const status = async (path: string, token: string) => (await call(sandbox, "GET", path, { token })).status;

describe("a scoped token", () => {
  test("reaches the named repositories of its owner with the named permissions, and nothing else", async () => {
    const { status: made, body } = await scope({
      target: "acme",
      repositories: ["secret"],
      permissions: { contents: "read" },
    });
    expect(made).toBe(200);
    expect(body).toMatchObject({
      user: { login: "ada" },
      installation: { repository_selection: "selected", permissions: { contents: "read", metadata: "read" } },
    });
    expect(await status("/repos/acme/secret", body.token)).toBe(200);
    expect(await status("/user", body.token)).toBe(200);
    await sandbox.addRepository("acme/other", { private: true, files: { a: "1" } });
    expect(await status("/repos/acme/other", body.token)).toBe(404);
    const refused = await commit(sandbox, body.token, { repository: "acme/secret" });
    expect(refused.body.errors[0].type).toBe("FORBIDDEN");
    const writing = (await scope({ target: "acme", repositories: ["secret"] })).body.token;
    expect((await commit(sandbox, writing, { repository: "acme/secret" })).body.errors).toBeUndefined();
  });

  test("is refused for a dead token, a foreign repository, and more than was granted", async () => {
    const body = { access_token: "ghu_dead", target: "acme" };
    expect((await ask("/token/scoped", body)).status).toBe(404);
    expect((await scope({ target: "acme", repositories: ["notes"] })).status).toBe(422);
    expect((await scope({ target: "acme", permissions: { actions: "read" } })).status).toBe(422);
    expect((await scope({})).status).toBe(422);
    expect((await scope({ target: "linus" })).status).toBe(404);
  });

  test.each([true, false])("[?] ends with the token that it was made from: %s", async (ends) => {
    sandbox.switches.scopedTokenEndsWithParent = ends;
    const { token, expires_at } = (await scope()).body;
    const parent = (await ask("/token", { access_token: pair.access_token })).body;
    if (ends) expect(expires_at).toBe(parent.expires_at);
    else expect(Date.parse(expires_at)).toBeGreaterThanOrEqual(Date.parse(parent.expires_at));
    await ask("/token", { access_token: pair.access_token }, "DELETE");
    expect(await status("/user", token)).toBe(ends ? 401 : 200);
    sandbox.switches.scopedTokenEndsWithParent = true;
  });

  test.each([true, false])("[?] counts towards a person's ten: %s", async (counts) => {
    sandbox.switches.scopedTokensCount = counts;
    sandbox.switches.scopedTokenEndsWithParent = false;
    for (let made = 0; made < 9; made += 1) await scope();
    expect(await status("/user", pair.access_token)).toBe(200);
    await scope();
    expect(await status("/user", pair.access_token)).toBe(counts ? 401 : 200);
    Object.assign(sandbox.switches, { scopedTokensCount: false, scopedTokenEndsWithParent: true });
  });
});

describe("[?] switches of what surrounds a commit", () => {
  test.each([true, false])("a foreign redirect_uri is told before a wrong code: %s", async (first) => {
    sandbox.switches.redirectUriCheckedFirst = first;
    const wrong = { code: "nonsense", redirect_uri: "https://elsewhere.example/callback" };
    const expected = first ? "redirect_uri_mismatch" : "bad_verification_code";
    expect((await requestToken(sandbox, wrong)).error).toBe(expected);
    sandbox.switches.redirectUriCheckedFirst = false;
  });

  test.each([true, false])("a commit that changes nothing is made: %s", async (made) => {
    const wish = { files: { "same.txt": "same\n" } };
    await commit(sandbox, pair.access_token, wish);
    sandbox.switches.emptyCommits = made;
    const before = sandbox.repository("acme/site").head();
    const { body } = await commit(sandbox, pair.access_token, wish);
    expect(body.errors === undefined).toBe(made);
    expect(sandbox.repository("acme/site").head() !== before).toBe(made);
    sandbox.switches.emptyCommits = true;
  });

  test.each([true, false])("memberships are shown without the members permission: %s", async (shown) => {
    sandbox.switches.membershipsShown = shown;
    expect(await status("/user/memberships/orgs/acme", pair.access_token)).toBe(shown ? 200 : 403);
    sandbox.switches.membershipsShown = true;
  });

  test.each([true, false])(
    "a branch that a ruleset protects can be deleted, a classically protected one not: %s",
    async (rulesets) => {
      sandbox.switches.rulesets = rulesets;
      const { access_token: token } = pair;
      const body = { ref: "refs/heads/guarded", sha: sandbox.repository("acme/site").head() };
      await call(sandbox, "POST", "/repos/acme/site/git/refs", { token, body });
      sandbox.updateRepository("acme/site", { protectedBranches: ["guarded"] });
      const deleted = await call(sandbox, "DELETE", "/repos/acme/site/git/refs/heads/guarded", { token });
      expect(deleted.status).toBe(rulesets ? 204 : 422);
      sandbox.updateRepository("acme/site", { protectedBranches: [] });
      if (!rulesets) await call(sandbox, "DELETE", "/repos/acme/site/git/refs/heads/guarded", { token });
      sandbox.switches.rulesets = false;
    },
  );
});
