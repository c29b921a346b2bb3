import { expect, test } from "vitest";
import { codeOf } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { committer, newcomer } from "../harness/people.ts";
import { auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();

/** What a reader sees. */
const words = (text: string) =>
  text
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll(/\s+/g, " ");
const refusals = async (userId: string) =>
  (await stack.database.query({ text: "SELECT bot_id FROM refusals WHERE user_id = $1", values: [userId] })).rows;

test("a refused bot's address says who asks for what, and the person permits just that or less", async () => {
  const person = await committer(stack);
  const bot = await stack.bot("asking-bot");
  const wish = { user: `gh.${person.id}`, repository: person.repository, branch: "main" };
  const refused = await stack.commit(bot.key, wish);
  expect(refused.body.code).toBe("delegation_required");
  const page = await person.browser.open(String(refused.body.action_url));
  const said = words(page.text);
  expect(said).toContain("asking-bot asks to act as you");
  expect(said).toContain("What it wants to do commit as you Makes commits, with your name on them.");
  expect(said).toContain(`Where ${person.repository} Branches on branch main Until You end it`);
  expect(said).not.toContain("This reaches far");
  expect(page.text).toContain(`<option value="${bot.id}" selected>`);
  expect(page.text).toMatch(new RegExp(`name="repositories"[^>]*>\\n${person.repository}</textarea>`));
  expect(page.text).toMatch(/name="branches"[^>]*>\nmain<\/textarea>/);
  expect(page.text.match(/<input type="checkbox"[^>]* checked>/g)).toHaveLength(1);
  const permitted = await person.browser.submit(page, "Let the bot act as you", {
    bot: bot.id,
    repositories: person.repository,
    branches: "main",
  });
  expect(permitted.url).toBe(`${stack.url}/permissions?done=granted`);
  expect((await stack.commit(bot.key, wish)).status).toBe(201);
});

test("what was wrong in the form comes back with what the bot asked for", async () => {
  const person = await committer(stack);
  const address = `${stack.url}/permissions?bot=bot-of-${person.login}&capability=push&repository=acme/site`;
  const page = await person.browser.open(address);
  const back = await person.browser.submit(page, "Let the bot act as you", {
    bot: String((await rowsOf(stack, "bots")).find(({ name }) => name === `bot-of-${person.login}`)?.id),
    repositories: "nonsense",
  });
  expect(back.status).toBe(400);
  expect(words(back.text)).toContain(`bot-of-${person.login} asks to act as you`);
  expect(back.text).toContain("is not owner/name, owner/* or *.");
  expect(back.text).toMatch(/name="repositories"[^>]*>\nnonsense<\/textarea>/);
});

test("a refusal is kept and audited, permits nothing, is said on the page, and is forgotten by a permission", async () => {
  const person = await committer(stack);
  const bot = await stack.bot("refused-bot");
  const address = `${stack.url}/permissions?bot=refused-bot&capability=commit&repository=${person.repository}`;
  const [delegations, audit] = [await rowsOf(stack, "delegations"), await lastAudit(stack)];
  const page = await person.browser.submit(await person.browser.open(address), "Refuse");
  expect(page.url).toBe(`${stack.url}/permissions?done=refused`);
  expect(words(page.text)).toContain("Refused. Nothing was permitted.");
  expect(await rowsOf(stack, "delegations")).toEqual(delegations);
  expect(await refusals(person.userId)).toEqual([{ bot_id: bot.id }]);
  expect(await auditSince(stack, audit)).toMatchObject([
    {
      action: "delegation.refuse",
      actor: "user",
      user_id: person.userId,
      bot_id: bot.id,
      detail: { repositories: [person.repository], branches: [], capabilities: ["commit"] },
    },
  ]);
  const again = await person.browser.open(address);
  expect(words(again.text)).toContain("You refused this bot");
  const fields = { bot: bot.id, repositories: person.repository, capability: "commit" };
  await person.browser.post(`${stack.url}/permissions`, fields);
  expect(await refusals(person.userId)).toEqual([]);
});

test("an address that asks for everything looks like it, and what it makes up is left out and not repeated", async () => {
  const { browser } = await stack.signIn(newcomer(stack).login);
  await stack.bot("greedy-bot");
  const markup = encodeURIComponent("<img src=x onerror=alert(1)> Call 555-1234 now");
  const all = ["commit", "push", "pull-request", "api:read", "api:write", "workflows"];
  const wish = all.map((name) => `capability=${name}`).join("&");
  const { text } = await browser.open(
    `${stack.url}/permissions?bot=greedy-bot&${wish}&repository=*&capability=${markup}&branch=${markup}`,
  );
  const said = words(text);
  expect(said).toContain("This reaches far");
  for (const warning of [
    "Every repository that you can reach",
    "Every branch",
    "Changes through GitHub’s API",
    "Workflows",
  ])
    expect(text).toContain(`<strong>${warning}</strong>`);
  expect(said).toContain("The address also named something that there isn’t. It was left out.");
  expect(text).not.toContain("555-1234");
  const { text: unknown } = await browser.open(`${stack.url}/permissions?bot=${markup}&capability=commit&repository=*`);
  expect(words(unknown)).toContain("The address asks for a bot that isn't here, or not any more.");
  expect(unknown).not.toContain("555-1234");
  expect(unknown).toMatch(/name="repositories"[^>]*>\n<\/textarea>/);
});

test("nobody refuses for somebody else: not from another site, not signed out, and no bot that there isn't", async () => {
  const { browser } = await stack.signIn(newcomer(stack).login);
  await stack.bot("known-bot");
  const before = await stored(stack);
  const request = "bot=known-bot&capability=commit";
  const address = `${stack.url}/permissions/refuse`;
  const foreign = await browser.post(address, { request }, "https://evil.example/");
  expect([foreign.status, codeOf(foreign)]).toEqual([403, "forbidden_origin"]);
  const stranger = await new Browser().post(address, { request });
  expect(stranger.url).toBe(
    `${stack.url}/?return_to=${encodeURIComponent(`/permissions?${new URLSearchParams(request)}`)}`,
  );
  for (const unknown of ["", "bot=nobody&capability=commit", "x".repeat(20_000)]) {
    const page = await browser.post(address, { request: unknown });
    expect([page.status, codeOf(page)]).toEqual([404, "not_found"]);
  }
  expect(await stored(stack)).toEqual(before);
  expect((await stack.database.query({ text: "SELECT count(*)::int FROM refusals" })).rows).toEqual([{ count: 0 }]);
});

test("one person gives one bot 50 permissions at most, and is told what to do", async () => {
  const person = await committer(stack);
  const bot = await stack.bot("insatiable-bot");
  const other = await stack.bot("modest-bot");
  await stack.database.query({
    text: `INSERT INTO delegations (user_id, bot_id, provider, repositories, branches, capabilities, granted_by)
      SELECT $1, $2, 'github', '{a/b}', '{*}', '{commit}', 'user' FROM generate_series(1, 49)`,
    values: [person.userId, bot.id],
  });
  const permit = (id: string) =>
    person.browser.post(`${stack.url}/permissions`, { bot: id, repositories: "acme/site", capability: "commit" });
  // Two at once, of which one is the fiftieth.
  const pages = await Promise.all([permit(bot.id), permit(bot.id)]);
  expect(pages.map(({ status }) => status).sort()).toEqual([200, 400]);
  const refused = pages.find(({ status }) => status === 400);
  expect(refused?.text).toContain("has 50 permissions of this person, the most there can be: end some first.");
  expect((await permit(other.id)).status).toBe(200);
  await stack.database.query({
    text: "UPDATE delegations SET ended_at = now() WHERE bot_id = $1 AND repositories = '{a/b}'",
    values: [bot.id],
  });
  expect((await permit(bot.id)).status).toBe(200);
});
