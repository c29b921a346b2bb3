import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { revokeBot } from "../../src/actions/bots/revoke-bot.ts";
import { type Committer, committer, endings, newcomer, tokensAtGithub } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer, CallOptions } from "../harness/stack.ts";
import { accountOf, auditSince, lastAudit, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack({ environment: { ADMIN_USERS: "ext.the%20boss" } });
let host: { id: string; key: string };
let person: Committer;
let pass: string;

beforeAll(async () => {
  host = await stack.bot("host", "platform");
  person = await committer(stack);
  const wish = { user: `gh.${person.id}`, repositories: [person.repository], capabilities: ["commit"], expires_in: 60 };
  pass = String((await stack.call("POST", "/api/v1/passes", { key: person.key, body: wish })).body.pass);
});
afterEach(() => stack.sandbox.faults.clear());

const ask = (method: string, path: string, options: CallOptions = {}) =>
  stack.call(method, `/api/v1${path}`, { key: host.key, ...options });
const nobody = "00000000-0000-4000-8000-000000000000";

/** A refused request changes nothing at all. */
async function untouched(call: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  const before = { rows: await stored(stack), audit: await lastAudit(stack), ended: endings(stack, "grant") };
  const answer = await call();
  expect({ rows: await stored(stack), audit: await lastAudit(stack), ended: endings(stack, "grant") }).toEqual(before);
  return answer;
}

describe("every address of the platform's", () => {
  const routes: [method: string, path: string, body?: unknown][] = [
    ["PUT", "/users/ext.new", {}],
    ["GET", "/users/:user/accounts"],
    ["DELETE", "/users/:user/accounts/github"],
    ["POST", "/users/:user/deactivate"],
    ["DELETE", "/users/:user"],
    ["GET", "/delegations?user=:user"],
  ];
  const send = ([method, path, body]: (typeof routes)[number], options: CallOptions) =>
    untouched(() => ask(method, path.replace(":user", `gh.${person.id}`), { body, ...options }));

  test.each(routes)("refuses who is no platform: %s %s", async (...route) => {
    expectProblem(await send(route, { key: person.key }), 403, "key_kind", {
      detail: /kind platform, not of kind bot/,
    });
    expectProblem(await send(route, { key: pass }), 403, "key_kind", { detail: /not a pass/ });
    expectProblem(await send(route, { key: "" }), 401, "key_missing");
    for (const key of [`ob_${"x".repeat(43)}`, `obp_${"x".repeat(43)}`]) {
      expectProblem(await send(route, { key }), 401, "key_invalid");
    }
    const cookie = person.browser.cookies(stack.url);
    expect(cookie).not.toBe("");
    expectProblem(await send(route, { key: "", headers: { cookie } }), 401, "key_missing");
  });

  test.each(routes)("refuses a wrong key before it reads the request: %s %s", async (method, path) => {
    const nonsense = path.includes("?") ? "/delegations?limit=0" : `${path.replace(":user", "nobody")}?nonsense=1`;
    const answer = await send([method, nonsense, method === "GET" ? undefined : "{"], { key: person.key });
    expectProblem(answer, 403, "key_kind");
  });

  test("refuses a key that was revoked from the next request on", async () => {
    const gone = await stack.bot("gone", "platform");
    expect((await ask("GET", `/users/${person.userId}/accounts`, { key: gone.key })).status).toBe(200);
    await revokeBot(stack, "gone");
    expectProblem(await ask("GET", `/users/${person.userId}/accounts`, { key: gone.key }), 401, "key_invalid");
  });

  test.each(routes.slice(1))("knows whom it does not know: %s %s", async (method, path) => {
    for (const user of [nobody, "ext.nobody", "gh.1"]) {
      expectProblem(await untouched(() => ask(method, path.replace(":user", user))), 404, "user_not_found");
    }
    for (const user of ["somebody", "ext.%00", "gh.x"]) {
      expectProblem(await untouched(() => ask(method, path.replace(":user", user))), 400, "bad_request");
    }
  });

  test.each(["accounts", "accounts/github"])(
    "refuses parameters and fields that it does not know: %s",
    async (path) => {
      const method = path === "accounts" ? "GET" : "DELETE";
      const fields = method === "GET" ? {} : { body: { force: true } };
      const search = method === "GET" ? "?force=true" : "";
      const answer = await untouched(() => ask(method, `/users/${person.userId}/${path}${search}`, fields));
      expectProblem(answer, 400, "unknown_field", { detail: /"force"/ });
    },
  );
});

describe("PUT /users/ext.ID", () => {
  test("creates a user once, whoever asks again", async () => {
    const audit = await lastAudit(stack);
    const [first, again] = [
      await ask("PUT", "/users/ext.staff-1", { body: {} }),
      await ask("PUT", "/users/ext.staff-1"),
    ];
    const user = { id: expect.any(String), external_id: "staff-1", role: "member", status: "active" };
    expect([first.status, first.body]).toEqual([201, user]);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await auditSince(stack, audit)).toMatchObject([
      { action: "user.create", actor: "platform", result: "succeeded", bot_id: host.id, user_id: first.body.id },
    ]);
    expect((await ask("GET", "/users/ext.staff-1/accounts")).body).toEqual({ items: [] });
  });

  test("makes one user of many calls at once", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask("PUT", "/users/ext.at-once", { body: {} })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 7 }, () => 200), 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  test.each([
    ["a%2Fb", "a/b"],
    ["a%252Fb", "a%2Fb"],
    ["K%C3%A4the%20%3F%23%26", "Käthe ?#&"],
    ["auth0%7C5f7c8ec7", "auth0|5f7c8ec7"],
    ["%2e%2e%2f", "../"],
  ])("takes an id percent-encoded, once: ext.%s", async (encoded, id) => {
    const made = await ask("PUT", `/users/ext.${encoded}`, { body: {} });
    expect([made.status, made.body.external_id]).toEqual([201, id]);
    const known = await ask("GET", `/delegations?user=${encodeURIComponent(`ext.${encoded}`)}`);
    expect([known.status, known.body]).toEqual([200, { items: [] }]);
    expect((await ask("GET", `/users/ext.${encoded}/accounts`)).status).toBe(200);
  });

  test.each([nobody, "gh.583231", "@ada", "staff-1", "ext.%00", `ext.${"x".repeat(601)}`])(
    "creates nobody under another reference: %s",
    async (reference) => {
      const answer = await untouched(() => ask("PUT", `/users/${reference}`, { body: {} }));
      expectProblem(answer, 400, "bad_request", { detail: /ext\.ID/ });
    },
  );

  test("can't read an address with half an escape in it", async () => {
    expectProblem(await untouched(() => ask("PUT", "/users/ext.50%", { body: {} })), 400, "bad_request", {
      detail: /%25/,
    });
  });

  test.each(["admin", "member"])("gives nobody a role with a platform key: %s", async (role) => {
    const answer = await untouched(() => ask("PUT", "/users/ext.staff-2", { body: { role } }));
    expectProblem(answer, 403, "key_kind", { detail: /ADMIN_USERS/ });
  });

  test.each([
    [{ role: "boss" }, "bad_request"],
    [{ name: "Ada" }, "unknown_field"],
    [{ role: null }, "bad_request"],
    [[], "bad_request"],
    ["{", "bad_request"],
  ])("refuses the body %j", async (body, code) => {
    expectProblem(await untouched(() => ask("PUT", "/users/ext.staff-2", { body })), 400, code);
  });

  test("tells that somebody whom the configuration names is an admin, and brings nobody back who was deactivated", async () => {
    expect((await ask("PUT", "/users/ext.the%20boss", { body: {} })).body).toMatchObject({ role: "admin" });
    await ask("PUT", "/users/ext.left", { body: {} });
    await stack.database.query({ text: "UPDATE users SET status = 'deactivated' WHERE external_id = 'left'" });
    const again = await ask("PUT", "/users/ext.left", { body: {} });
    expect([again.status, again.body.status]).toEqual([200, "deactivated"]);
  });
});

describe("GET /users/{user}/accounts", () => {
  test("shows what is connected, field by field, and no token", async () => {
    const { body } = await ask("GET", `/users/${person.userId}/accounts`);
    expect(body).toEqual({
      items: [
        {
          provider: "github",
          provider_uid: String(person.id),
          login: person.login,
          has_token: true,
          state: "active",
          scopes: [],
          access_expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          connected_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          last_used_at: null,
        },
      ],
    });
    for (const user of [`gh.${person.id}`, `@${person.login.toUpperCase()}`]) {
      expect((await ask("GET", `/users/${user}/accounts`)).body).toEqual(body);
    }
  });
});

describe("DELETE /users/{user}/accounts/{provider}", () => {
  test("ends the account and the grant, and says the same when it is repeated", async () => {
    const leaving = await committer(stack);
    const audit = await lastAudit(stack);
    const end = () => ask("DELETE", `/users/gh.${leaving.id}/accounts/github`);
    for (const answer of [await end(), await end()]) {
      expect([answer.status, answer.body]).toEqual([202, { revocations: "done" }]);
    }
    expect(tokensAtGithub(stack, leaving.login)).toBeNull();
    expect(await accountOf(stack, leaving.userId)).toMatchObject({ state: "revoked", revocation_reason: "admin" });
    expectProblem(await leaving.commit(), 403, "account_revoked", { action_url: `${stack.url}/accounts` });
    const events = (await auditSince(stack, audit)).filter(({ action }) => action === "disconnect");
    expect(events).toMatchObject([
      { actor: "platform", bot_id: host.id, user_id: leaving.userId, detail: { reason: "admin" } },
    ]);
    const page = await leaving.browser.open(`${stack.url}/accounts`);
    expect(page.text).toContain("An administrator ended this access, or the platform that you use it from.");
  });

  test("tells that GitHub has not confirmed yet, until it has", async () => {
    const leaving = await committer(stack);
    stack.sandbox.faults.add({ match: { method: "DELETE", path: /\/grant$/ }, respond: { status: 503 } });
    const end = () => ask("DELETE", `/users/${leaving.userId}/accounts/github`);
    expect((await end()).body).toEqual({ revocations: "pending" });
    expect((await end()).body).toEqual({ revocations: "pending" });
    expect((await leaving.browser.open(`${stack.url}/accounts`)).text).toContain("Still revoking at GitHub");
    await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now()" });
    await expect.poll(async () => (await end()).body, { timeout: 20_000 }).toEqual({ revocations: "done" });
  });

  test("tells when GitHub can't be asked any more", async () => {
    const leaving = await committer(stack);
    stack.sandbox.expireAccessToken(leaving.login);
    await stack.database.query({
      text: "UPDATE user_external_accounts SET access_expires_at = now() - interval '1 s' WHERE user_id = $1",
      values: [leaving.userId],
    });
    stack.sandbox.faults.add({
      match: { operation: "refresh" },
      respond: { status: 200, body: { error: "bad_refresh_token" } },
    });
    const end = () => ask("DELETE", `/users/${leaving.userId}/accounts/github`);
    expect((await end()).body).toEqual({ revocations: "unconfirmed" });
    expect((await end()).body).toEqual({ revocations: "unconfirmed" });
    expect((await leaving.browser.open(`${stack.url}/accounts`)).text).toContain("did not confirm");
  });

  test("has nothing to end where nothing is connected, and knows no other provider", async () => {
    const { id } = newcomer(stack, { login: "just-signed-in" });
    await stack.signIn("just-signed-in");
    await ask("PUT", "/users/ext.fresh", { body: {} });
    for (const reference of ["ext.fresh", `gh.${id}`]) {
      const answer = await untouched(() => ask("DELETE", `/users/${reference}/accounts/github`));
      expect([answer.status, answer.body]).toEqual([202, { revocations: "done" }]);
    }
    for (const [provider, status, code] of [
      ["google", 404, "not_found"],
      ["%00", 400, "bad_request"],
    ] as const) {
      expectProblem(await untouched(() => ask("DELETE", `/users/ext.fresh/accounts/${provider}`)), status, code);
    }
  });

  test("takes no login, since logins get re-registered", async () => {
    const answer = await untouched(() => ask("DELETE", `/users/@${person.login}/accounts/github`));
    expectProblem(answer, 400, "bad_request", { detail: /@login/ });
  });
});

describe.each([
  { what: "POST /users/{user}/deactivate", method: "POST", path: "/deactivate", action: "user.deactivate" },
  { what: "DELETE /users/{user}", method: "DELETE", path: "", action: "user.erase" },
])("$what", ({ method, path, action }) => {
  test("ends all that acts for the user, once, and can be repeated by the same reference", async () => {
    const leaving = await committer(stack);
    const externalId = `leaving ${action}`;
    await stack.database.query({
      text: "UPDATE users SET external_id = $2 WHERE id = $1",
      values: [leaving.userId, externalId],
    });
    const audit = await lastAudit(stack);
    stack.sandbox.faults.add({ match: { method: "DELETE", path: /\/grant$/ }, respond: { status: 503 } });
    const references = [`ext.${encodeURIComponent(externalId)}`, `gh.${leaving.id}`, leaving.userId];
    const [first, ...more] = references;
    const answer = await ask(method, `/users/${first}${path}`);
    expect([answer.status, answer.body]).toEqual([202, { revocations: "pending" }]);
    for (const reference of more) {
      const again = await ask(method, `/users/${reference}${path}`);
      expect([again.status, again.body.revocations]).toEqual([202, expect.stringMatching(/^(pending|done)$/)]);
    }
    await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now()" });
    const ended = async () => (await ask(method, `/users/${first}${path}`)).body;
    await expect.poll(ended, { timeout: 20_000 }).toEqual({ revocations: "done" });
    expect(tokensAtGithub(stack, leaving.login)).toBeNull();
    expectProblem(await leaving.commit(), 404, "user_not_found");
    expect((await leaving.browser.open(`${stack.url}/accounts`)).text).toContain("Sign in with GitHub");
    expect((await ask("GET", `/delegations?user=${leaving.userId}`)).body).toEqual({ items: [] });
    const events = (await auditSince(stack, audit)).filter((event) => event.action === action);
    expect(events).toMatchObject([{ actor: "platform", bot_id: host.id, user_id: leaving.userId }]);
  });

  test("takes no login, since logins get re-registered", async () => {
    const answer = await untouched(() => ask(method, `/users/@${person.login}${path}`));
    expectProblem(answer, 400, "bad_request", { detail: /@login/ });
  });
});

describe("GET /delegations", () => {
  test("lists what a user permits now, page by page", async () => {
    const giving = await committer(stack);
    const second = await stack.delegate(giving.userId, `bot-of-${giving.login}`, ["acme/*"], ["v/*"], ["commit"]);
    const pages: Record<string, unknown>[] = [];
    let path = `/delegations?user=gh.${giving.id}&limit=1`;
    for (;;) {
      const { status, body } = await ask("GET", path);
      expect(status).toBe(200);
      pages.push(body);
      if (typeof body.next !== "string") break;
      expect(body.next).toMatch(new RegExp(`^${stack.url}/api/v1/delegations\\?`));
      path = body.next.slice(`${stack.url}/api/v1`.length);
    }
    expect(pages).toHaveLength(2);
    const bot = `bot-of-${giving.login}`;
    const common = { user: giving.userId, bot, provider: "github", capabilities: ["commit"], until: null };
    expect(pages.flatMap(({ items }) => items)).toEqual([
      { ...common, id: second, repositories: ["acme/*"], branches: ["v/*"], created_at: expect.any(String) },
      {
        ...common,
        id: expect.any(String),
        repositories: [giving.repository],
        branches: ["*"],
        created_at: expect.any(String),
      },
    ]);
    await revokeBot(stack, bot);
    expect((await ask("GET", `/delegations?user=gh.${giving.id}`)).body).toEqual({ items: [] });
  });

  test.each(["", "?user=ext.a&limit=0", "?user=ext.a&limit=x", "?user=ext.a&after=1", "?user=ext.a&user=ext.b"])(
    "refuses %j",
    async (search) => {
      expectProblem(await ask("GET", `/delegations${search}`), 400, "bad_request");
    },
  );
});
