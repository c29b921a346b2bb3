import { expect, test } from "vitest";
import { codeOf } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { committer, newcomer } from "../harness/people.ts";
import { auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();

const permit = "Let the bot act as you";
const delegationsOf = async (userId: string) =>
  (await rowsOf(stack, "delegations")).filter(({ user_id }) => user_id === userId);

/** A connected person whom no bot may act for, and a bot. */
async function undelegated() {
  const person = await committer(stack);
  await stack.database.query({ text: "DELETE FROM delegations WHERE user_id = $1", values: [person.userId] });
  const bot = (await rowsOf(stack, "bots")).find(({ name }) => name === `bot-of-${person.login}`);
  const open = () => person.browser.open(`${stack.url}/permissions`);
  return { ...person, botId: String(bot?.id), botName: String(bot?.name), open };
}

test("nobody may act for a person who has not permitted it", async () => {
  const person = await undelegated();
  expect((await person.open()).text).toContain("No bot may act as you");
  const head = stack.sandbox.repository(person.repository).head();
  const sent = stack.sandbox.requests.length;
  expect(await person.commit()).toMatchObject({
    status: 403,
    body: {
      code: "delegation_required",
      action_url: expect.stringContaining(`${stack.url}/permissions?bot=${person.botName}&`),
    },
  });
  expect(stack.sandbox.repository(person.repository).head()).toBe(head);
  expect(stack.sandbox.requests.length).toBe(sent);
});

test("a person permits a bot on a repository, and it can commit there as them", async () => {
  const person = await undelegated();
  const audit = await lastAudit(stack);
  const page = await person.browser.submit(await person.open(), permit, {
    bot: person.botId,
    repositories: person.repository.toUpperCase(),
    capability: "commit",
  });
  expect(page.url).toBe(`${stack.url}/permissions?done=granted`);
  expect(page.text).toContain("Permitted. The bot can act as you from now on");
  expect(page.text).toContain(
    `<strong>${person.botName}</strong> may commit as you in <code>${person.repository}</code>`,
  );
  const [delegation, ...others] = await delegationsOf(person.userId);
  expect(others).toEqual([]);
  expect(delegation).toMatchObject({
    bot_id: person.botId,
    provider: "github",
    repositories: [person.repository],
    branches: ["*"],
    capabilities: ["commit"],
    granted_by: "user",
    ends_at: null,
    ended_at: null,
  });
  expect(await auditSince(stack, audit)).toMatchObject([
    {
      action: "delegation.grant",
      actor: "user",
      result: "succeeded",
      user_id: person.userId,
      bot_id: person.botId,
      provider: "github",
      detail: { delegation: delegation?.id, repositories: [person.repository], capabilities: ["commit"] },
    },
  ]);
  expect((await person.commit()).status).toBe(201);
});

test("who isn't connected is told so before and after permitting, with the way there", async () => {
  const { browser } = await stack.signIn(newcomer(stack).login);
  const page = await browser.open(`${stack.url}/permissions`);
  const link = '<a class="Link" href="/accounts">Connect GitHub</a>';
  expect(page.text).toContain(`No bot can act as you before you are connected, whatever you permit here. ${link}`);
  const bot = await stack.bot("bot-of-the-unconnected");
  const fields = { bot: bot.id, repositories: "acme/site", capability: "commit" };
  const permitted = await browser.submit(page, permit, fields);
  expect(permitted.text).toContain(`Permitted. The bot can act as you once you are connected. ${link}`);
  expect(permitted.text).not.toContain("from now on");
});

test("lines, branches, several capabilities and a last day are kept as they were meant", async () => {
  const person = await undelegated();
  await person.browser.submit(await person.open(), permit, {
    bot: person.botId,
    repositories: ` ${person.login}/* \r\n\r\nacme/site\nacme/site\n`,
    branches: "main\r\nrelease/*\r\n",
    capability: ["commit", "pull-request"],
    until: "2126-02-28",
  });
  const [delegation] = await delegationsOf(person.userId);
  expect(delegation).toMatchObject({
    repositories: [`${person.login}/*`, "acme/site"],
    branches: ["main", "release/*"],
    capabilities: ["commit", "pull-request"],
  });
  expect(new Date(String(delegation?.ends_at)).toISOString()).toBe("2126-02-28T23:59:59.000Z");
  const page = await person.open();
  expect(page.text).toContain(`every repository of <code>${person.login}</code>`);
  expect(page.text).toContain("<code>release/*</code>");
  expect(page.text).toContain("2126");
  expect((await person.commit()).status).toBe(201);
});

test("ended, it stops the bot's very next request, and an event says so", async () => {
  const person = await committer(stack);
  expect((await person.commit()).status).toBe(201);
  const [before] = await delegationsOf(person.userId);
  const audit = await lastAudit(stack);
  const page = await person.browser.submit(await person.browser.open(`${stack.url}/permissions`), "End");
  expect(page.url).toBe(`${stack.url}/permissions?done=ended`);
  expect(page.text).toContain("Ended. The bot&#39;s next request is refused.");
  expect(page.text).toContain("No bot may act as you");
  expect(await auditSince(stack, audit)).toMatchObject([
    {
      action: "delegation.end",
      actor: "user",
      result: "succeeded",
      user_id: person.userId,
      bot_id: before?.bot_id,
      detail: { delegation: before?.id },
    },
  ]);
  const head = stack.sandbox.repository(person.repository).head();
  expect((await person.commit()).body).toMatchObject({ code: "delegation_required" });
  expect(stack.sandbox.repository(person.repository).head()).toBe(head);
});

test("ending it twice ends it once, and says the same", async () => {
  const person = await committer(stack);
  const [delegation] = await delegationsOf(person.userId);
  const address = `${stack.url}/permissions/${delegation?.id}/end`;
  await person.browser.post(address);
  const [audit, rows] = [await lastAudit(stack), await delegationsOf(person.userId)];
  expect((await person.browser.post(address)).url).toBe(`${stack.url}/permissions?done=ended`);
  expect(await delegationsOf(person.userId)).toEqual(rows);
  expect(await auditSince(stack, audit)).toEqual([]);
});

test("another person's permission is neither shown nor ended, and looks like one that never was", async () => {
  const owner = await committer(stack);
  const { browser } = await stack.signIn(newcomer(stack).login);
  expect((await browser.open(`${stack.url}/permissions`)).text).not.toContain(owner.repository);
  const [delegation] = await delegationsOf(owner.userId);
  const [before, audit] = [await stored(stack), await lastAudit(stack)];
  const pages: string[] = [];
  for (const id of [delegation?.id, "00000000-0000-4000-8000-000000000000"]) {
    const page = await browser.post(`${stack.url}/permissions/${id}/end`);
    expect(page.status).toBe(404);
    expect(codeOf(page)).toBe("not_found");
    pages.push(page.text);
  }
  expect(pages[0]).toBe(pages[1]);
  const malformed = await browser.post(`${stack.url}/permissions/x'--/end`);
  expect([malformed.status, codeOf(malformed)]).toEqual([400, "bad_request"]);
  expect(await stored(stack)).toEqual(before);
  expect(await auditSince(stack, audit)).toEqual([]);
  expect((await owner.commit()).status).toBe(201);
});

test("one whose last day is over is gone from the page, and the bot is refused", async () => {
  const person = await committer(stack);
  await stack.database.query({
    text: "UPDATE delegations SET ends_at = now() - interval '1 second' WHERE user_id = $1",
    values: [person.userId],
  });
  expect((await person.browser.open(`${stack.url}/permissions`)).text).toContain("No bot may act as you");
  expect((await person.commit()).body).toMatchObject({ code: "delegation_required" });
});

test("the address that a refused bot hands out has that bot chosen, after signing in too", async () => {
  const person = await undelegated();
  const address = String((await person.commit()).body.action_url);
  const chosen = `<option value="${person.botId}" selected>`;
  expect((await person.browser.open(address)).text).toContain(chosen);
  const stranger = new Browser();
  const consent = await stranger.submit(await stranger.open(address), "Sign in with GitHub");
  const page = await stranger.submit(consent, "Authorize", { login: person.login, action: "authorize" });
  expect(page.url).toBe(address);
  expect(page.text).toContain(chosen);
});

test("platform keys and revoked bots are not among those to choose", async () => {
  const person = await undelegated();
  const platform = await stack.bot(`platform-of-${person.login}`, "platform");
  const revoked = await stack.bot(`revoked-of-${person.login}`);
  await stack.database.query({ text: "UPDATE bots SET revoked_at = now() WHERE id = $1", values: [revoked.id] });
  const { text } = await person.open();
  expect(text).toContain(person.botId);
  expect(text).not.toContain(platform.id);
  expect(text).not.toContain(revoked.id);
});

test("who is not signed in permits and ends nothing", async () => {
  const person = await committer(stack);
  const [delegation] = await delegationsOf(person.userId);
  const before = await stored(stack);
  const fields = { bot: String(delegation?.bot_id), repositories: "*", capability: "commit" };
  for (const path of ["/permissions", `/permissions/${delegation?.id}/end`]) {
    const page = await new Browser().post(`${stack.url}${path}`, fields);
    expect(page.url).toBe(`${stack.url}/?return_to=/permissions`);
    expect(page.text).toContain("Sign in with GitHub");
  }
  expect(await stored(stack)).toEqual(before);
});
