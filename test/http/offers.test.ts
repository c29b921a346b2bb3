import { afterAll, beforeAll, expect, test } from "vitest";
import { codeOf } from "../harness/authorization.ts";
import type { Browser, Page } from "../harness/browser.ts";
import { newcomer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";

/* An admin's ceilings and offers, in the browser. */

let stack: Stack;
let admin: Browser;
beforeAll(async () => {
  stack = await startStack({ environment: { ADMIN_USERS: "gh.583231" } });
  ({ browser: admin } = await stack.connect("ada"));
});
afterAll(() => stack.stop());

type Fields = Record<string, string | string[]>;
const set = (bot: { id: string }, what: string, fields: Fields = {}) =>
  admin.post(`${stack.url}/admin/bots/${bot.id}/${what}`, fields);
const narrow = { repositories: "acme/site", branches: "bots/*", capability: ["commit", "pull-request"] };

/** A bot that is offered, and a person who has signed in. */
async function offered(name: string, fields: Fields = narrow) {
  const bot = await stack.bot(name);
  expect((await set(bot, "offer", fields)).url).toBe(`${stack.url}/admin/bots/${bot.id}?done=offered`);
  const someone = newcomer(stack);
  const { browser } = await stack.signIn(someone.login);
  return { bot, ...someone, browser };
}

/** Presses Connect on a page as it was loaded. */
async function connectFrom(person: { browser: Browser; login: string }, accounts: Page, fields: Fields = {}) {
  // The harness's browser sends one field of a name, so all of them are given here.
  const offer = [...accounts.text.matchAll(/name="offer" value="([^"]+)"/g)].map(([, id]) => id ?? "");
  const consent = await person.browser.submit(accounts, "/connect/github", { offer, ...fields });
  return person.browser.submit(consent, "Authorize", { login: person.login, action: "authorize" });
}

const accountsOf = ({ browser }: { browser: Browser }) => browser.open(`${stack.url}/accounts`);
const delegationsTo = async (bot: { id: string }) =>
  (await rowsOf(stack, "delegations")).filter(({ bot_id }) => bot_id === bot.id);
const refuseId = (page: Page, bot: string) =>
  new RegExp(`value="([^"]+)" aria-describedby="[^"]+"> <label for="[^"]+">Refuse: ${bot} `).exec(page.text)?.[1] ?? "";

test("who connects is shown an offer before, has the permission afterwards, and can end it for good", async () => {
  const person = await offered("shown-bot");
  const before = await accountsOf(person);
  expect(before.text).toContain(
    "<strong>shown-bot</strong> may then commit and open pull requests as you in <code>acme/site</code>, on branch <code>bots/*</code>",
  );
  const audit = await lastAudit(stack);
  expect((await connectFrom(person, before)).url).toBe(`${stack.url}/accounts?done=connected`);
  const [delegation, ...others] = await delegationsTo(person.bot);
  expect(others).toEqual([]);
  expect(delegation).toMatchObject({
    provider: "github",
    repositories: ["acme/site"],
    branches: ["bots/*"],
    capabilities: ["commit", "pull-request"],
    granted_by: "offer",
    ends_at: null,
  });
  const granted = (await auditSince(stack, audit)).find(({ action }) => action === "delegation.grant");
  expect(granted).toMatchObject({ actor: "user", bot_id: person.bot.id, detail: { delegation: delegation?.id } });
  const permissions = await person.browser.open(`${stack.url}/permissions`);
  expect(permissions.text).toContain("Offered to everybody, and accepted");
  await person.browser.submit(permissions, "End");
  await person.browser.post(`${stack.url}/accounts/github/disconnect`);
  const again = await accountsOf(person);
  expect(again.text).not.toContain("shown-bot");
  // Nor for a page that claims to have shown it.
  const offers = await rowsOf(stack, "offers");
  await connectFrom(person, again, { offer: offers.map(({ id }) => String(id)) });
  expect((await delegationsTo(person.bot)).map(({ ended_at }) => ended_at !== null)).toEqual([true]);
});

test("what a person refuses is not given, and what is offered of that bot later neither", async () => {
  const person = await offered("unwanted-bot");
  const before = await accountsOf(person);
  const audit = await lastAudit(stack);
  await connectFrom(person, before, { refuse: refuseId(before, "unwanted-bot") });
  expect(await delegationsTo(person.bot)).toEqual([]);
  const refusal = (await auditSince(stack, audit)).find(({ action }) => action === "delegation.refuse");
  expect(refusal).toMatchObject({ actor: "user", bot_id: person.bot.id });
  await set(person.bot, "offer", { ...narrow, repositories: "acme/docs" });
  await person.browser.post(`${stack.url}/accounts/github/disconnect`);
  const again = await accountsOf(person);
  expect(again.text).not.toContain("unwanted-bot");
  await connectFrom(person, again);
  expect(await delegationsTo(person.bot)).toEqual([]);
  expect((await person.browser.open(`${stack.url}/permissions`)).text).toContain("<strong>unwanted-bot</strong>");
});

test("a refusal holds although the connect was broken off, and in a tab that was opened before", async () => {
  const person = await offered("tabs-bot");
  const [first, second] = [await accountsOf(person), await accountsOf(person)];
  const fields = { refuse: refuseId(first, "tabs-bot") };
  await connectFrom(person, first);
  expect(await delegationsTo(person.bot)).toHaveLength(1);
  await person.browser.submit(second, "/connect/github", fields);
  expect((await delegationsTo(person.bot)).map(({ ended_at }) => ended_at !== null)).toEqual([true]);
});

test("an offer is granted as it was shown: one that changed, was withdrawn or came since is not", async () => {
  const person = await offered("changing-bot");
  const late = await stack.bot("late-bot");
  const shown = await accountsOf(person);
  const offer = [...shown.text.matchAll(/name="offer" value="([^"]+)"/g)].map(([, id]) => id ?? "");
  // Between the page and the way to GitHub, and between that and the callback.
  await set(late, "offer", { ...narrow, repositories: "*" });
  const consent = await person.browser.submit(shown, "/connect/github", { offer });
  await set(person.bot, "offer", { ...narrow, repositories: "*", branches: "" });
  await person.browser.submit(consent, "Authorize", { login: person.login, action: "authorize" });
  expect([...(await delegationsTo(person.bot)), ...(await delegationsTo(late))]).toEqual([]);
  const other = newcomer(stack);
  const { browser } = await stack.signIn(other.login);
  const page = await accountsOf({ browser });
  await set(person.bot, "offer/withdraw");
  await connectFrom({ browser, ...other }, page);
  expect(await delegationsTo(person.bot)).toEqual([]);
  expect(await delegationsTo(late)).toHaveLength(1);
});

test("an offer changes nothing for who was connected before it, not when they reconnect either", async () => {
  const someone = newcomer(stack);
  const { browser } = await stack.signIn(someone.login);
  await stack.connect(someone.login, browser);
  const bot = await stack.bot("belated-bot");
  await set(bot, "offer", narrow);
  expect(await delegationsTo(bot)).toEqual([]);
  const page = await accountsOf({ browser });
  expect(page.text).not.toContain("belated-bot");
  const offer = String((await rowsOf(stack, "offers")).find(({ bot_id }) => bot_id === bot.id)?.id);
  await connectFrom({ browser, ...someone }, page, { offer });
  expect(await delegationsTo(bot)).toEqual([]);
});

test("a ceiling cuts what was permitted from the next request on, and refuses what goes beyond at its field", async () => {
  const bot = await stack.bot("limited-bot");
  await stack.delegate("gh.583231", "limited-bot", ["acme/*"], [], ["commit", "push", "api:read"]);
  const change = { changes: [{ path: "limited.txt", content: "x" }] };
  expect((await stack.commit(bot.key, change)).status).toBe(201);
  const fields = { repositories: "acme/site\nacme/docs", branches: "bots/*", capability: "commit" };
  const limited = await set(bot, "ceiling", fields);
  expect(limited.url).toBe(`${stack.url}/admin/bots/${bot.id}?done=limited`);
  const sent = stack.sandbox.requests.length;
  const refused = await stack.commit(bot.key, change);
  expectProblem(refused, 403, "delegation_required", {
    action_url: expect.stringContaining("/permissions?bot=limited-bot"),
    detail: /An admin limits "limited-bot" so that nobody can give it/,
  });
  expect(stack.sandbox.requests.length).toBe(sent);
  const { text } = await admin.open(`${stack.url}/permissions`);
  expect(text).toContain(
    "An admin limits this bot: of this holds only what is within commit in <code>acme/site</code>",
  );
  const [before, audit] = [await rowsOf(stack, "delegations"), await lastAudit(stack)];
  const beyond: [Fields, string, string][] = [
    [{ repositories: "acme/*" }, "repositories", "limits it to the repositories acme/site, acme/docs."],
    [{ branches: "main" }, "branches", "limits it to the branches bots/*."],
    [{ capability: ["commit", "push"] }, "capability", "limits it to the capabilities commit."],
  ];
  for (const [change, field, says] of beyond) {
    const page = await admin.post(`${stack.url}/permissions`, { bot: bot.id, ...fields, ...change });
    expect(page.status).toBe(400);
    expect(/id="([a-z]+)-error">.*?<span>(.*?)<\/span>/s.exec(page.text)?.[1]).toBe(field);
    expect(page.text).toContain(says);
  }
  expect(await rowsOf(stack, "delegations")).toEqual(before);
  expect(await auditSince(stack, audit)).toEqual([]);
  await set(bot, "ceiling/remove");
  expect((await stack.commit(bot.key, change)).status).toBe(201);
});

test("an offer stays within the ceiling: beyond it is refused at its field, and a new ceiling withdraws it", async () => {
  const bot = await stack.bot("modest-bot");
  await set(bot, "ceiling", { repositories: "acme/*", capability: "commit" });
  const refused = await set(bot, "offer", { repositories: "*", capability: "commit" });
  expect(refused.status).toBe(400);
  expect(refused.text).toMatch(/id="offer-repositories-error">.*?limits it to the repositories acme\/\*\./s);
  expect(refused.text).toMatch(/id="offer-repositories"[^>]*>\n\*<\/textarea>/);
  expect((await rowsOf(stack, "offers")).filter(({ bot_id }) => bot_id === bot.id)).toEqual([]);
  await set(bot, "offer", { repositories: "acme/site", capability: "commit" });
  const narrower = await set(bot, "ceiling", { repositories: "acme/docs", capability: "commit" });
  expect(narrower.text).toContain("Its offer went further, and was withdrawn.");
  expect((await admin.open(`${stack.url}/admin/bots`)).text).toContain("<code>acme/docs</code>");
});

test("only admins see and change any of it, for bots that there are, from onbehalf's own pages", async () => {
  const bot = await stack.bot("guarded-bot");
  const platform = await stack.bot("guarded-platform", "platform");
  const { browser } = await stack.signIn(newcomer(stack).login);
  const before = { ...(await stored(stack)), offers: await rowsOf(stack, "offers") };
  const paths = ["ceiling", "ceiling/remove", "offer", "offer/withdraw"];
  for (const path of paths) {
    const page = await browser.post(`${stack.url}/admin/bots/${bot.id}/${path}`, narrow);
    expect([page.status, codeOf(page)]).toEqual([404, "not_found"]);
    const foreign = await admin.post(`${stack.url}/admin/bots/${bot.id}/${path}`, narrow, "https://evil.example/");
    expect(codeOf(foreign)).toBe("forbidden_origin");
  }
  for (const path of ["", `/${bot.id}`])
    expect((await browser.open(`${stack.url}/admin/bots${path}`)).status).toBe(404);
  for (const id of [platform.id, "00000000-0000-4000-8000-000000000000"]) {
    for (const path of paths.slice(0, 3)) expect((await set({ id }, path, narrow)).status).toBe(404);
  }
  expect({ ...(await stored(stack)), offers: await rowsOf(stack, "offers") }).toEqual(before);
});
