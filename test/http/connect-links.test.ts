import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { removeStrangers } from "../../src/store/identities.ts";
import { codeOf, location, ownForm } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { dumpDatabase, findLeaks } from "../harness/leak-search.ts";
import { committer, endings, newcomer, tokensAtGithub } from "../harness/people.ts";
import { type Platform, startPlatform } from "../harness/platform.ts";
import { expectProblem } from "../harness/problem.ts";
import { type CallOptions, type Stack, startStack } from "../harness/stack.ts";
import { accountOf, auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";

let stack: Stack;
let platform: Platform;
let host: { id: string; key: string };
let audit: number;

beforeAll(async () => {
  platform = await startPlatform();
  stack = await startStack({ environment: { RETURN_TO_ORIGINS: platform.origin } });
  host = await stack.bot("acme", "platform");
  platform.use(stack, host.key);
});
beforeEach(async () => {
  audit = await lastAudit(stack);
});
afterAll(async () => {
  await stack.stop();
  await platform.stop();
});

const ask = (method: string, path: string, options: CallOptions = {}) =>
  stack.call(method, `/api/v1/users/${path}`, { key: host.key, ...options });
const complete = (user: string, code: string, key = host.key) =>
  ask("POST", `${user}/connect-completions`, { body: { code }, key });

let users = 0;
/** A user of the platform's, in a browser that is signed in there. */
function member(): { id: string; browser: Browser } {
  const [id, browser] = [`staff-${++users}`, new Browser()];
  platform.signIn(browser, id);
  return { id, browser };
}

async function idOf(externalId: string): Promise<string> {
  const { rows } = await stack.database.query<{ id: string }>({
    text: "SELECT id FROM users WHERE external_id = $1",
    values: [externalId],
  });
  return rows[0]?.id ?? "";
}

const statesOf = async (user: string) => {
  const { body } = await ask("GET", `${user}/accounts`);
  return Array.isArray(body.items) ? body.items.map(({ login, state }) => [login, state]) : body;
};

/** Opens a link, goes on to GitHub and authorises there: the page that comes back. */
async function authorise(browser: Browser, link: string, login: string): Promise<Page> {
  const asked = await browser.open(link);
  const consent = await browser.submit(asked, "Continue to GitHub");
  return browser.submit(consent, "Authorize", { login, action: "authorize" });
}

/** Confirms, and stops before the platform is called. */
async function confirmed(browser: Browser, page: Page): Promise<{ address: URL; code: string }> {
  const sent = await browser.request(`${page.url}/confirm`, { method: "POST", headers: ownForm });
  const address = location(sent);
  return { address, code: address.searchParams.get("connect_code") ?? "" };
}

/** As confirmed, from the very beginning. */
async function toCode(login: string, body: Record<string, unknown> = {}) {
  const user = member();
  const page = await authorise(user.browser, await platform.link(user.id, body), login);
  return { ...user, page, ...(await confirmed(user.browser, page)) };
}

async function expire(page: Page): Promise<void> {
  await stack.database.query({
    text: "UPDATE pending_connects SET expires_at = now() - interval '1 s' WHERE id = $1",
    values: [new URL(page.url).pathname.split("/")[2]],
  });
}

const failures = async () =>
  (await auditSince(stack, audit)).filter(({ result }) => result === "failed").map(({ code }) => code);
const isPending = async (page: Page) =>
  (await rowsOf(stack, "pending_connects")).some(({ id }) => page.url.endsWith(String(id)));

test("somebody comes from the platform, connects, and is connected once the platform has confirmed it", async () => {
  const { id, browser } = member();
  const { login, id: number } = newcomer(stack, { name: "Ada <b>" });
  const { body } = await ask("PUT", `ext.${id}`);
  const made = await ask("POST", `ext.${id}/connect-links`, {
    body: { provider: "github", return_to: platform.returnTo },
  });
  expect(made.status).toBe(201);
  expect(made.body).toEqual({
    url: expect.stringMatching(new RegExp(`^${stack.url}/connect-links/[A-Za-z0-9_-]{43}$`)),
    expires_at: expect.any(String),
  });
  const left = Date.parse(String(made.body.expires_at)) - Date.now();
  expect(left).toBeGreaterThan(500_000);
  expect(left).toBeLessThan(610_000);

  const link = String(made.body.url);
  const asking = await browser.open(link);
  for (const words of ["acme", id, "Your GitHub account", "No bot may act as you by this alone"]) {
    expect(asking.text).toContain(words);
  }
  const consent = await browser.submit(asking, "Continue to GitHub");
  const back = await browser.submit(consent, "Authorize", { login, action: "authorize" });
  expect(back.url).toMatch(new RegExp(`^${stack.url}/connecting/[0-9a-f-]{36}$`));
  for (const words of [`@${login}`, "(Ada &lt;b&gt;)", `${id}</strong> of acme`]) expect(back.text).toContain(words);
  expect(await statesOf(`ext.${id}`)).toEqual([]);

  expect(back.headers.get("content-security-policy")).toMatch(new RegExp(`form-action [^;]* ${platform.origin}(;| )`));
  const { address, code } = await confirmed(browser, back);
  expect(address.href).toBe(`${platform.returnTo}&connect_code=${code}`);
  expect(await statesOf(`ext.${id}`)).toEqual([[login, "pending"]]);
  const bot = await stack.bot("acme-bot");
  await stack.delegate(`ext.${id}`, "acme-bot", ["acme/site"]);
  expectProblem(await stack.commit(bot.key, { user: `ext.${id}` }), 403, "not_connected", {
    action_url: expect.any(String),
  });
  expect((await browser.open(back.url)).text).toContain("Not finished yet");

  const again = await browser.submit(await browser.open(back.url), "Go back to acme");
  expect(again.text).toBe("The platform says: connected.");
  expect(platform.completions.at(-1)).toMatchObject({
    code,
    answer: { body: { provider: "github", provider_uid: String(number), login, state: "active", scopes: [] } },
  });
  expect(await statesOf(`ext.${id}`)).toEqual([[login, "active"]]);
  expect((await browser.open(back.url)).text).toContain(`is connected to ${id} of acme`);
  expect((await browser.open(link)).url).toBe(back.url);

  const whose = { user_id: body.id, provider: "github", detail: { link: expect.any(String) } };
  const events = (await auditSince(stack, audit)).filter(({ action }) => String(action).startsWith("connect"));
  expect(events).toMatchObject([
    { action: "connect_link.create", actor: "platform", bot_id: host.id, ...whose, detail: { returns: true } },
    { action: "connect_link.use", actor: "user", ...whose },
    { action: "connect.pending", actor: "user", ...whose },
    { action: "connect", actor: "platform", bot_id: host.id, result: "succeeded", ...whose },
  ]);
  const secrets = [link.split("/").at(-1) ?? "", code];
  expect(
    findLeaks(
      stack.log.map((text) => ({ place: "log", text })),
      secrets,
    ),
  ).toEqual([]);
  expect(stack.log.join("")).toContain("/connect-links/:secret");
  expect(findLeaks(await dumpDatabase(stack.databaseUrl), secrets)).toEqual([]);
});

test("looking at a link uses nothing up, and shows nobody where it was", async () => {
  const { id, browser } = member();
  const { login } = newcomer(stack);
  const link = await platform.link(id);
  for (const scanner of [new Browser(), new Browser()]) {
    for (const method of ["HEAD", "GET"]) expect((await scanner.request(link, { method })).status).toBe(200);
  }
  const page = await browser.open(link);
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  expect(page.headers.get("cache-control")).toBe("no-store");
  expect(page.headers.getSetCookie()).toEqual([]);
  for (const [, address] of page.text.matchAll(/(?:src|href|action)="([^"]*)"/g)) expect(address).toMatch(/^[/#]/);
  expect((await authorise(browser, link, login)).text).toContain(`Connect @${login}`);
  expect(await failures()).toEqual([]);
});

test("a form that another site sends begins nothing", async () => {
  const { id, browser } = member();
  const link = await platform.link(id);
  const forged = await browser.post(link, {}, "https://evil.example/");
  expect(codeOf(forged)).toBe("forbidden_origin");
  expect((await authorise(browser, link, newcomer(stack).login)).status).toBe(200);
});

test("a link works in one browser, which may begin again until GitHub has granted something", async () => {
  const { id, browser } = member();
  const link = await platform.link(id);
  const consent = await browser.submit(await browser.open(link), "Continue to GitHub");
  const cancelled = await browser.submit(consent, "Authorize", { login: newcomer(stack).login, action: "cancel" });
  expect(codeOf(cancelled)).toBe("consent_refused");
  const other = await new Browser().open(link);
  expect([other.status, codeOf(other)]).toEqual([410, "link_used"]);
  expect(codeOf(await new Browser().post(link))).toBe("link_used");
  const [first, second] = [newcomer(stack), newcomer(stack)];
  const late = await browser.submit(await browser.open(link), "Continue to GitHub");
  expect((await authorise(browser, link, first.login)).text).toContain(`Connect @${first.login}`);
  const refused = await browser.submit(late, "Authorize", { login: second.login, action: "authorize" });
  expect(codeOf(refused)).toBe("state_used");
  expect(tokensAtGithub(stack, second.login)).toBe(0);
});

test("a link that is unknown or too old says so", async () => {
  const unknown = await new Browser().open(`${stack.url}/connect-links/${"x".repeat(43)}`);
  expect([unknown.status, codeOf(unknown)]).toEqual([404, "link_unknown"]);
  const { id, browser } = member();
  const link = await platform.link(id);
  const page = await browser.open(link);
  await stack.database.query({ text: "UPDATE connect_links SET expires_at = now()" });
  expect(codeOf(await browser.open(link))).toBe("link_expired");
  expect(codeOf(await browser.submit(page, "Continue to GitHub"))).toBe("link_expired");
  const guessing = new Browser();
  const answers = [];
  for (let count = 0; count < 61; count++)
    answers.push(await guessing.open(`${stack.url}/connect-links/${"y".repeat(43)}`));
  expect(answers.at(-1)?.status).toBe(429);
});

test("of many links of one user the oldest end", async () => {
  const { id, browser } = member();
  const links = [];
  for (let count = 0; count < 21; count++) links.push(await platform.link(id));
  expect(codeOf(await browser.open(links[0] ?? ""))).toBe("link_expired");
  expect((await browser.open(links[1] ?? "")).status).toBe(200);
});

describe("a forwarded link", () => {
  test("ties nobody's account to who sent it: the code arrives in the victim's own session", async () => {
    const [attacker, victim] = [member(), member()];
    const { login } = newcomer(stack);
    const link = await platform.link(attacker.id);
    await ask("PUT", `ext.${victim.id}`);
    const page = await authorise(victim.browser, link, login);
    for (const words of [attacker.id, "If somebody else sent you this link"]) expect(page.text).toContain(words);
    const end = await victim.browser.submit(page, `Connect @${login}`);
    expect(end.text).toBe("The platform says: that was not yours.");
    const { user, answer } = platform.completions.at(-1) ?? {};
    expect(user).toBe(victim.id);
    if (answer) expectProblem(answer, 422, "connect_code_invalid");
    expect(await statesOf(`ext.${victim.id}`)).toEqual([]);
    expect(await statesOf(`ext.${attacker.id}`)).toEqual([[login, "pending"]]);
    expect(codeOf(await attacker.browser.open(link))).toBe("link_used");
    expect(codeOf(await attacker.browser.open(page.url))).toBe("link_other_browser");
    expect(await failures()).toEqual(["connect_code_invalid"]);

    await expire(page);
    await expect.poll(() => statesOf(`ext.${attacker.id}`), { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => tokensAtGithub(stack, login), { timeout: 20_000 }).toBe(0);
  });

  test("is refused to who is signed in here as somebody else, and says whom it is for", async () => {
    const attacker = member();
    const link = await platform.link(attacker.id);
    const { browser } = await stack.signIn(newcomer(stack).login);
    const before = await stored(stack);
    for (const page of [await browser.open(link), await browser.post(link)]) {
      expect([page.status, codeOf(page)]).toEqual([403, "link_other_user"]);
      expect(page.text).toContain(attacker.id);
    }
    expect(await stored(stack)).toEqual(before);
  });

  test("that leads back to no platform is of use to its own user alone, signed in from before", async () => {
    const owner = newcomer(stack);
    const { browser } = await stack.signIn(owner.login);
    const made = await ask("POST", `gh.${owner.id}/connect-links`, { body: { provider: "github" } });
    const link = String(made.body.url);
    const victim = new Browser();
    for (const page of [await victim.open(link), await victim.post(link)]) {
      expect([page.status, codeOf(page)]).toEqual([403, "sign_in_first"]);
    }
    const { browser: stranger } = await stack.signIn(newcomer(stack).login);
    expect(codeOf(await stranger.open(link))).toBe("link_other_user");
    const back = await authorise(browser, link, owner.login);
    expect(await statesOf(`gh.${owner.id}`)).toEqual([]);
    const done = await browser.submit(back, `Connect @${owner.login}`);
    expect(done.text).toContain("Connected. Bots that you permit can act as you from now on.");
    expect(await statesOf(`gh.${owner.id}`)).toEqual([[owner.login, "active"]]);
  });
});

describe("a completion code", () => {
  test("is refused for another user, to bots, when it is wrong, and a second time", async () => {
    const { login } = newcomer(stack);
    const { id, code } = await toCode(login);
    const other = member();
    await ask("PUT", `ext.${other.id}`);
    const bot = await stack.bot("thief");
    const before = await stored(stack);
    expectProblem(await complete(`ext.${other.id}`, code), 422, "connect_code_invalid");
    expectProblem(await complete(`ext.${id}`, `${code}x`), 422, "connect_code_invalid");
    expectProblem(await complete(`ext.${id}`, ""), 422, "connect_code_invalid");
    expectProblem(await complete(`ext.${id}`, code, bot.key), 403, "key_kind");
    expectProblem(await complete("ext.nobody-there", code), 404, "user_not_found");
    expectProblem(await complete(`@${login}`, code), 400, "bad_request");
    expect(await stored(stack)).toEqual(before);

    const answers = await Promise.all([complete(`ext.${id}`, code), complete(`ext.${id}`, code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    expectProblem(await complete(`ext.${id}`, code), 422, "connect_code_invalid");
    expect(await statesOf(`ext.${id}`)).toEqual([[login, "active"]]);
    expect(await failures()).toEqual(Array.from({ length: 5 }, () => "connect_code_invalid"));
  });

  test("is refused after ten minutes, and what was granted ends with its token", async () => {
    const { login } = newcomer(stack);
    const { id, code, page, browser } = await toCode(login);
    await expire(page);
    expectProblem(await complete(`ext.${id}`, code), 422, "connect_code_invalid");
    expect(await statesOf(`ext.${id}`)).toEqual([]);
    await expect.poll(() => isPending(page), { timeout: 20_000 }).toBe(false);
    await expect.poll(() => tokensAtGithub(stack, login), { timeout: 20_000 }).toBe(0);
    expect((await browser.open(page.url)).text).toContain("That took too long");
    expect(codeOf(await browser.post(`${page.url}/confirm`))).toBeUndefined();
    expect(await failures()).toContain("expired");
  });

  test("connects nobody who has ended the authorisation at GitHub meanwhile", async () => {
    const { login } = newcomer(stack);
    const { id, code } = await toCode(login);
    await stack.sandbox.revokeGrant(login, { deliver: false });
    expectProblem(await complete(`ext.${id}`, code), 403, "account_revoked");
    expect(await accountOf(stack, await idOf(id))).toBeUndefined();
  });
});

describe("between the two confirmations", () => {
  test("what nobody confirms is ended, as is what the person cancels, and who it was is forgotten", async () => {
    const [leaver, { id, browser }] = [member(), member()];
    const [first, second] = [newcomer(stack), newcomer(stack)];
    const abandoned = await authorise(leaver.browser, await platform.link(leaver.id), first.login);
    await expire(abandoned);
    const page = await authorise(browser, await platform.link(id), second.login);
    const cancelled = await browser.submit(page, "Cancel, and end it at GitHub");
    expect(cancelled.text).toContain("Nothing was connected.");
    for (const { login } of [first, second]) {
      await expect.poll(() => tokensAtGithub(stack, login), { timeout: 20_000 }).toBe(0);
    }
    await expect.poll(() => isPending(abandoned), { timeout: 20_000 }).toBe(false);
    expect(await failures()).toEqual(expect.arrayContaining(["expired", "cancelled"]));
    expect(endings(stack, "grant")).toBe(0);
    await removeStrangers(stack.database);
    const logins = (await rowsOf(stack, "identities")).map(({ login }) => login);
    expect(logins).not.toEqual(expect.arrayContaining([first.login]));
    expect(logins).not.toEqual(expect.arrayContaining([second.login]));
  });

  test("an account that is there goes on as it is, and gets the new token at the end", async () => {
    const owner = await committer(stack);
    await stack.database.query({
      text: "UPDATE users SET external_id = $2 WHERE id = $1",
      values: [owner.userId, owner.login],
    });
    platform.signIn(owner.browser, owner.login);
    const link = await platform.link(owner.login);
    const asking = await owner.browser.open(link);
    expect(asking.text).toContain("Connected now");
    expect(asking.text).toContain(`bot-of-${owner.login}`);
    const page = await authorise(owner.browser, link, owner.login);
    const { code } = await confirmed(owner.browser, page);
    const before = await accountOf(stack, owner.userId);
    expect((await owner.commit()).status).toBe(201);
    expect(await statesOf(owner.userId)).toEqual([[owner.login, "active"]]);
    expect(tokensAtGithub(stack, owner.login)).toBe(2);
    expect((await complete(owner.userId, code)).status).toBe(200);
    expect(await accountOf(stack, owner.userId)).toMatchObject({
      id: before?.id,
      version: Number(before?.version) + 1,
    });
    expect(tokensAtGithub(stack, owner.login)).toBe(1);
    expect((await owner.commit()).status).toBe(201);
  });

  test("who begins with another link has left the one before, and the user's own page says what waits", async () => {
    const { login } = newcomer(stack);
    const { browser: earlier } = await stack.signIn(login);
    const { id, browser, page, code } = await toCode(login);
    const again = await authorise(browser, await platform.link(id), login);
    expect([await isPending(page), await isPending(again)]).toEqual([false, true]);
    expectProblem(await complete(`ext.${id}`, code), 422, "connect_code_invalid");
    expect((await complete(`ext.${id}`, (await confirmed(browser, again)).code)).status).toBe(200);
    await earlier.post(`${stack.url}/sign-out`);
    const { browser: own } = await stack.signIn(login);
    await ask("DELETE", `ext.${id}/accounts/github`);
    const third = await authorise(browser, await platform.link(id), login);
    await confirmed(browser, third);
    expect((await own.open(`${stack.url}/accounts`)).text).toContain("Not confirmed yet");
    await own.submit(await own.open(`${stack.url}/accounts`), "/accounts/github/disconnect");
    expect(await isPending(third)).toBe(false);
  });

  test.each([
    ["deactivating", "POST", "/deactivate"],
    ["erasing", "DELETE", ""],
    ["disconnecting", "DELETE", "/accounts/github"],
  ])("%s the user ends what waits for them", async (_what, method, path) => {
    const { login } = newcomer(stack);
    const { id, code, page } = await toCode(login);
    const userId = await idOf(id);
    expect((await ask(method, `${userId}${path}`)).status).toBe(202);
    expect(await isPending(page)).toBe(false);
    await expect.poll(() => tokensAtGithub(stack, login), { timeout: 20_000 }).toBe(0);
    expect((await complete(userId, code)).status).toBeGreaterThanOrEqual(400);
    expect(await accountOf(stack, userId)).toBeUndefined();
  });
});

describe("whose the GitHub account is", () => {
  const inUse = async (login: string) => {
    const { id, browser } = member();
    const link = await platform.link(id);
    const before = await stored(stack);
    const page = await authorise(browser, link, login);
    expect([page.status, codeOf(page)]).toEqual([409, "identity_in_use"]);
    const { grants: _, ...after } = await stored(stack);
    expect({ ...after, grants: before.grants }).toEqual(before);
    expect(await failures()).toContain("identity_in_use");
  };

  test("a user has connected it: they keep it", async () => {
    const owner = await committer(stack);
    await inUse(owner.login);
    expect((await owner.commit()).status).toBe(201);
  });

  test("a user of the platform's signs in with it: they keep it", async () => {
    const { login } = newcomer(stack);
    await stack.signIn(login);
    await stack.database.query({
      text: "UPDATE users SET external_id = $1 WHERE id = (SELECT user_id FROM identities WHERE login = $1)",
      values: [login],
    });
    await inUse(login);
  });

  test("somebody who has only ever signed in: it becomes the link's user, and their session ends", async () => {
    const { login } = newcomer(stack);
    const { browser: earlier } = await stack.signIn(login);
    const { id, code } = await toCode(login);
    expect((await earlier.open(`${stack.url}/accounts`)).text).toContain("Connected accounts");
    expect((await complete(`ext.${id}`, code)).status).toBe(200);
    expect((await earlier.open(`${stack.url}/accounts`)).text).toContain("Sign in with GitHub");
    const { browser } = await stack.signIn(login);
    expect((await browser.open(`${stack.url}/accounts`)).text).toContain(`@${login}`);
    expect(await statesOf(`ext.${id}`)).toEqual([[login, "active"]]);
    const taken = (await auditSince(stack, audit)).find(({ action }) => action === "connect");
    expect(taken?.detail).toMatchObject({ taken_from: expect.any(String) });
  });

  test("another user was faster: the second code is refused, and the account stays the first one's", async () => {
    const { login } = newcomer(stack);
    const [first, second] = [await toCode(login), await toCode(login)];
    expect((await complete(`ext.${first.id}`, first.code)).status).toBe(200);
    expectProblem(await complete(`ext.${second.id}`, second.code), 409, "identity_in_use");
    expect(await statesOf(`ext.${first.id}`)).toEqual([[login, "active"]]);
    expect(await accountOf(stack, await idOf(second.id))).toBeUndefined();
    await expire(second.page);
    await expect.poll(() => tokensAtGithub(stack, login), { timeout: 20_000 }).toBe(1);
  });

  test("another one than the user has connected: that one stays", async () => {
    const { login } = newcomer(stack);
    const { id, browser, code } = await toCode(login);
    await complete(`ext.${id}`, code);
    const page = await authorise(browser, await platform.link(id), newcomer(stack).login);
    expect([page.status, codeOf(page)]).toEqual([409, "different_identity"]);
    expect(await statesOf(`ext.${id}`)).toEqual([[login, "active"]]);
  });

  test("somebody who was deactivated: they are refused here, too", async () => {
    const gone = await committer(stack);
    await ask("POST", `${gone.userId}/deactivate`);
    const { id, browser } = member();
    const page = await authorise(browser, await platform.link(id), gone.login);
    expect([page.status, codeOf(page)]).toEqual([403, "user_deactivated"]);
  });
});

test("who connects by a link is offered bots, and decides about them once it is complete", async () => {
  const bots = [await stack.bot("offered-yes"), await stack.bot("offered-no")];
  for (const { id } of bots) {
    await stack.database.query({
      text: `INSERT INTO offers (bot_id, provider, repositories, branches, capabilities)
        VALUES ($1, 'github', '{acme/*}', '{*}', '{commit}')`,
      values: [id],
    });
  }
  const { id, browser } = member();
  const { login } = newcomer(stack);
  const asking = await browser.open(await platform.link(id));
  expect(asking.text).toContain("offered-yes</strong> may then commit");
  const [yes = "", no = ""] = [...asking.text.matchAll(/name="offer" value="([^"]*)"/g)]
    .map(([, offer = ""]) => offer)
    .reverse();
  const consent = await browser.submit(asking, "Continue to GitHub", { offer: [yes, no], refuse: no });
  const page = await browser.submit(consent, "Authorize", { login, action: "authorize" });
  expect(page.text).toContain("offered-yes");
  expect(page.text).not.toContain("offered-no");
  const { code } = await confirmed(browser, page);
  const decided = async () => ({
    permitted: (await rowsOf(stack, "delegations")).filter((row) => row.bot_id === bots[0]?.id).length,
    refused: (await stack.database.query({ text: "SELECT 1 FROM refusals WHERE bot_id = $1", values: [bots[1]?.id] }))
      .rows.length,
  });
  expect(await decided()).toEqual({ permitted: 0, refused: 0 });
  expect((await complete(`ext.${id}`, code)).status).toBe(200);
  expect(await decided()).toEqual({ permitted: 1, refused: 1 });
});

describe("POST /users/{user}/connect-links refuses", () => {
  test.each([
    [{}, 400, "bad_request", /provider is missing/],
    [{ provider: "gitlab" }, 400, "bad_request", /There are: github/],
    [{ provider: "github", scopes: ["repo"] }, 400, "bad_request", /"repo" is no scope/],
    [{ provider: "github", return_to: "https://evil.example/" }, 400, "return_to_not_allowed", /RETURN_TO_ORIGINS/],
    [{ provider: "github", return_to: "//evil.example/" }, 400, "return_to_not_allowed", /no whole address/],
    [{ provider: "github", returnTo: "x" }, 400, "unknown_field", /"returnTo"/],
  ] as const)("%j", async (body, status, code, detail) => {
    await ask("PUT", "ext.refused");
    const before = await stored(stack);
    expectProblem(await ask("POST", "ext.refused/connect-links", { body }), status, code, { detail });
    expect(await stored(stack)).toEqual(before);
    expect(await auditSince(stack, audit)).not.toContainEqual(
      expect.objectContaining({ action: "connect_link.create" }),
    );
  });

  test("who is no platform, and users that are unknown, named by login, or gone", async () => {
    const bot = await stack.bot("no-platform");
    const body = { provider: "github" };
    const link = (user: string, key = host.key) => ask("POST", `${user}/connect-links`, { body, key });
    await ask("PUT", "ext.refused");
    expectProblem(await link("ext.refused", bot.key), 403, "key_kind");
    expectProblem(await link("ext.refused", ""), 401, "key_missing");
    expectProblem(await link("ext.never"), 404, "user_not_found");
    expectProblem(await link("@ada"), 400, "bad_request");
    await ask("PUT", "ext.gone");
    await ask("POST", "ext.gone/deactivate");
    expectProblem(await link("ext.gone"), 404, "user_not_found", { detail: /deactivated/ });
  });

  test("everything while acting as a person is switched off", async () => {
    const off = await stack.replica({ ENABLE_GITHUB_USER_TOKENS: "false" });
    await ask("PUT", "ext.refused");
    const body = { provider: "github" };
    expectProblem(await ask("POST", "ext.refused/connect-links", { body, url: off.url }), 403, "user_tokens_disabled");
  });
});
