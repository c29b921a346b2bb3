import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { revokeBot } from "../../src/actions/bots/revoke-bot.ts";
import { sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;
let cookies: string;

beforeAll(async () => {
  const { browser } = await stack.connect("ada");
  cookies = browser.cookies(stack.url);
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
});

const identity = "/api/v1/users/gh.583231/git-identity";
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** A refused request reaches GitHub with nothing and changes nothing. */
let before: { standing: unknown; requests: number };
beforeEach(async () => {
  before = { standing: await standing(stack), requests: sent(stack) };
});
const expectUntouched = async () => {
  expect(sent(stack)).toBe(before.requests);
  expect(await standing(stack)).toEqual(before.standing);
};

describe("a key", () => {
  /** Both routes that act, with these headers. */
  const ask = async (headers: Record<string, string>): Promise<ApiAnswer[]> => [
    await stack.commit("", {}, { headers }),
    await stack.call("GET", identity, { headers }),
  ];

  test.each<[string, (key: string) => string]>([
    ["Bearer", (secret) => `Bearer ${secret}`],
    ["bearer in small letters", (secret) => `bearer ${secret}`],
    ["token, as Octokit sends it", (secret) => `token ${secret}`],
    ["Basic, as git sends it", (secret) => basic("x-access-token", secret)],
    ["Basic with no name", (secret) => basic("", secret)],
  ])("is taken as %s", async (_form, header) => {
    const [commit, who] = await ask({ authorization: header(key) });
    expect(commit?.status).toBe(201);
    expect(who?.status).toBe(200);
  });

  test("that is missing is asked for, also when a signed-in browser's cookie comes along", async () => {
    const withCookie: Record<string, string> = { cookie: cookies };
    for (const headers of [{}, withCookie]) {
      for (const answer of await ask(headers)) {
        expectProblem(answer, 401, "key_missing", { detail: /Authorization: Bearer/ });
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
      }
    }
    await expectUntouched();
  });

  test("that is right sets no cookie", async () => {
    for (const answer of await ask({ authorization: `Bearer ${key}`, cookie: cookies })) {
      expect(answer.status).toBeLessThan(300);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  test.each([
    ["without a scheme", (secret: string) => secret],
    ["of another scheme", (secret: string) => `Digest ${secret}`],
    ["cut short", (secret: string) => `Bearer ${secret.slice(0, -1)}`],
    ["with more behind it", (secret: string) => `Bearer ${secret}A`],
    ["in other letters", (secret: string) => `Bearer ${secret.toUpperCase()}`],
    ["with a word behind it", (secret: string) => `Bearer ${secret} ${secret}`],
    ["as Basic user name", (secret: string) => basic(secret, "")],
    ["as broken Basic", () => "Basic !!!"],
    ["that is GitHub's", () => `Bearer ghu_${"a".repeat(36)}`],
    ["that nobody has", () => `Bearer ob_${"A".repeat(43)}`],
    ["that is empty", () => "Bearer "],
  ])("%s is refused", async (_what, header) => {
    for (const answer of await ask({ authorization: header(key) })) expectProblem(answer, 401, "key_invalid");
    await expectUntouched();
  });

  test("that was revoked is refused from the next request on", async () => {
    const bot = await stack.bot("short-lived");
    await stack.delegate("gh.583231", "short-lived", ["*"]);
    const authorization = `Bearer ${bot.key}`;
    for (const answer of await ask({ authorization })) expect(answer.status).toBeLessThan(300);
    await revokeBot(stack, "short-lived");
    before = { standing: await standing(stack), requests: sent(stack) };
    for (const answer of await ask({ authorization })) expectProblem(answer, 401, "key_invalid");
    await expectUntouched();
  });

  test("of a dead bot gets no large body read", async () => {
    const content = "x".repeat(2_000_000);
    const answer = await stack.commit(`ob_${"B".repeat(43)}`, { changes: [{ path: "large", content }] });
    expectProblem(answer, 401, "key_invalid");
    await expectUntouched();
  });

  test("of kind platform never acts", async () => {
    const platform = await stack.bot("host", "platform");
    for (const answer of await ask({ authorization: `Bearer ${platform.key}` })) {
      expectProblem(answer, 403, "key_kind", { detail: /kind bot/ });
    }
    await expectUntouched();
  });
});

describe("the person", () => {
  test.each(["@ada", "@Ada"])("is not named by login: %s", async (user) => {
    expectProblem(await stack.commit(key, { user }), 400, "bad_request", { detail: /@login/ });
    await expectUntouched();
  });

  test.each([
    "ada",
    "gh.ada",
    "gh.0",
    "gh.-1",
    "gh. 583231",
    "gh.583231 ",
    "gh.99999999999999999999",
    "GH.583231",
    "ext.",
    "ext.%",
    "ext.%00",
    "ext.a\u0000",
    "ext.\ud800",
    "uid.583231",
    "{583231}",
    "00000000-0000-0000-0000-00000000000",
    "' OR 1=1 --",
  ])("is not named by %j", async (user) => {
    expectProblem(await stack.commit(key, { user }), 400, "bad_request", { detail: /ext\.ID/ });
    await expectUntouched();
  });

  test.each(["gh.1", "ext.nobody", "00000000-0000-4000-8000-000000000000"])("who is unknown: %s", async (user) => {
    expectProblem(await stack.commit(key, { user }), 404, "user_not_found");
    expectProblem(await stack.call("GET", `/api/v1/users/${user}/git-identity`, { key }), 404, "user_not_found");
    await expectUntouched();
  });

  test("is nobody to a caller without a key", async () => {
    expectProblem(await stack.commit(`ob_${"C".repeat(43)}`, { user: "gh.1" }), 401, "key_invalid");
    expectProblem(await stack.commit(`ob_${"C".repeat(43)}`, { user: "@ada" }), 401, "key_invalid");
    await expectUntouched();
  });

  test("who was deactivated is gone", async () => {
    const status = (value: string) =>
      stack.database.query({
        text: "UPDATE users SET status = $1 WHERE id = (SELECT user_id FROM identities WHERE login = 'ada')",
        values: [value],
      });
    await status("deactivated");
    expectProblem(await stack.commit(key), 404, "user_not_found", { detail: /active/ });
    expectProblem(await stack.call("GET", identity, { key }), 404, "user_not_found");
    await status("active");
    await expectUntouched();
  });
});

describe("the person's GitHub account", () => {
  const linus = { user: "gh.1024025", repository: "linus/tools" };
  const accounts = () => `${stack.url}/accounts`;
  const expectRefused = async (code: string) => {
    const now = { standing: await standing(stack), requests: sent(stack) };
    expectProblem(await stack.commit(key, linus), 403, code, { action_url: accounts(), detail: /connect/ });
    const path = `/api/v1/users/${linus.user}/git-identity`;
    expectProblem(await stack.call("GET", path, { key }), 403, code, { action_url: accounts() });
    expect({ standing: await standing(stack), requests: sent(stack) }).toEqual(now);
  };
  const setState = (state: string) =>
    stack.database.query({
      text: `UPDATE user_external_accounts a SET state = $1
        FROM identities i WHERE i.id = a.identity_id AND i.login = 'linus'`,
      values: [state],
    });

  test("must be connected, stays so, and ends with a disconnect", async () => {
    const { browser } = await stack.signIn("linus");
    await stack.sandbox.addRepository("linus/tools", { files: { a: "a" } });
    stack.sandbox.setInstallation("linus", "all");
    await stack.delegate(linus.user, "deploy-bot", ["linus/*"]);
    await expectRefused("not_connected");

    await stack.connect("linus", browser);
    expect((await stack.commit(key, linus)).status).toBe(201);
    await setState("pending");
    await expectRefused("not_connected");
    await setState("active");

    await browser.submit(await browser.open(accounts()), "Disconnect");
    await expectRefused("account_revoked");

    await stack.connect("linus", browser);
    expect((await stack.commit(key, { ...linus, changes: [{ path: "again", content: "1" }] })).status).toBe(201);
  });

  test("that was ended at GitHub is over when GitHub refuses, and says so from then on", async () => {
    const user = "gh.9919314";
    await stack.connect("mallory");
    await stack.delegate(user, "deploy-bot", ["acme/*"]);
    await stack.sandbox.revokeGrant("mallory", { deliver: false });
    for (let time = 0; time < 2; time++) {
      const asked = sent(stack);
      const answer = await stack.commit(key, { user });
      expectProblem(answer, 403, "account_revoked", { action_url: accounts() });
      // The first one finds out, the second one knows.
      expect(sent(stack) > asked).toBe(time === 0);
    }
  });

  test("is not used where acting as a person is switched off", async () => {
    const { url } = await stack.replica({ ENABLE_GITHUB_USER_TOKENS: "false" });
    expectProblem(await stack.commit(key, {}, { url }), 403, "user_tokens_disabled");
    expectProblem(await stack.call("GET", identity, { key, url }), 403, "user_tokens_disabled");
    await expectUntouched();
    expect((await stack.commit(key, { changes: [{ path: "on.txt", content: "on" }] })).status).toBe(201);
  });
});
