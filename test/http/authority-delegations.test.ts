import { beforeAll, describe, expect, test } from "vitest";
import { revokeBot } from "../../src/actions/bots/revoke-bot.ts";
import { endDelegation } from "../../src/actions/delegations/end-delegation.ts";
import type { Browser } from "../harness/browser.ts";
import { sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let browser: Browser;
let bots = 0;

const ada = "gh.583231";

beforeAll(async () => {
  ({ browser } = await stack.connect("ada"));
  await stack.connect("grace");
});

/** A bot of its own for each test, so that one test's permissions are not another's. */
async function newBot(): Promise<{ name: string; key: string }> {
  bots++;
  return stack.bot(`bot-${bots}`);
}

async function expectDelegationRequired(
  bot: { name: string; key: string },
  change: { user?: string; repository?: string; branch?: string } = {},
  url?: string,
) {
  const before = { standing: await standing(stack), requests: sent(stack) };
  const { repository = "acme/site", branch = "main" } = change;
  const answer = await stack.commit(bot.key, change, url ? { url } : {});
  expectProblem(answer, 403, "delegation_required", {
    action_url: expect.stringContaining(`${stack.url}/permissions?bot=${bot.name}&`),
  });
  for (const word of [`"${bot.name}"`, repository, `"${branch}"`]) expect(answer.body.detail).toContain(word);
  expect({ standing: await standing(stack), requests: sent(stack) }).toEqual(before);
}

const update = (id: string, assignment: string) =>
  stack.database.query({ text: `UPDATE delegations SET ${assignment} WHERE id = $1`, values: [id] });

describe("without a permission that covers it, nothing is done", () => {
  test("none at all", async () => {
    const bot = await newBot();
    await expectDelegationRequired(bot);
    const answer = await stack.call("GET", `/api/v1/users/${ada}/git-identity`, { key: bot.key });
    expectProblem(answer, 403, "delegation_required", {
      action_url: expect.stringContaining(`${stack.url}/permissions?bot=${bot.name}&`),
    });
  });

  test("one for another bot, of another person, for another repository, for another branch", async () => {
    const bot = await newBot();
    const other = await newBot();
    await stack.delegate(ada, other.name, ["*"]);
    await stack.delegate("gh.4712036", bot.name, ["*"]);
    await stack.delegate(ada, bot.name, ["acme/secret", "ada/*"]);
    await stack.delegate(ada, bot.name, ["acme/site"], ["bots/*"]);
    await expectDelegationRequired(bot);
    expect((await stack.commit(bot.key, { user: "gh.4712036" })).body.author).toMatchObject({ login: "grace" });
  });

  test("a repository of one permission and a branch of another do not add up", async () => {
    const bot = await newBot();
    await stack.delegate(ada, bot.name, ["acme/site"], ["bots/*"]);
    await stack.delegate(ada, bot.name, ["ada/notes"], ["main"]);
    await expectDelegationRequired(bot);
    await expectDelegationRequired(bot, { repository: "ada/notes", branch: "bots/a" });
  });

  test.each([
    "capabilities = '{read}'",
    "provider = 'github-lite'",
    "ends_at = now() - interval '1 ms'",
    "ended_at = now()",
  ])("one with %s", async (assignment) => {
    const bot = await newBot();
    const id = await stack.delegate(ada, bot.name, ["acme/site"]);
    await update(id, assignment);
    await expectDelegationRequired(bot);
  });

  test("one that ends later is in force until then", async () => {
    const bot = await newBot();
    const id = await stack.delegate(ada, bot.name, ["acme/site"]);
    await update(id, "ends_at = now() + interval '1 hour'");
    expect((await stack.commit(bot.key, { changes: [{ path: "hour.txt", content: "1" }] })).status).toBe(201);
    await update(id, "ends_at = now()");
    await expectDelegationRequired(bot);
  });
});

describe("a permission covers", () => {
  test.each<[string[], string[], string[], string[]]>([
    [["acme/site"], [], ["acme/site main", "ACME/SITE bots/a"], ["acme/secret main", "ada/notes main"]],
    [["ACME/Site"], [], ["acme/site main"], ["acme/secret main"]],
    [["acme/*"], [], ["acme/site main", "acme/secret main", "Acme/Secret x"], ["ada/notes main", "acme2/site main"]],
    [["*"], [], ["acme/site main", "ada/notes any/thing"], []],
    [["acme/site", "ada/notes"], [], ["acme/site main", "ada/notes main"], ["acme/secret main"]],
    [["*"], ["main"], ["acme/site main"], ["acme/site Main", "acme/site main2", "acme/site x/main"]],
    [
      ["*"],
      ["bots/*", "fix-*-now"],
      ["acme/site bots/a/b", "ada/notes fix-it-now"],
      ["acme/site main", "acme/site bots"],
    ],
    [["*"], ["v1.0"], ["acme/site v1.0"], ["acme/site v1x0"]],
  ])("repositories %j, branches %j", async (repositories, branches, inside, outside) => {
    const bot = await newBot();
    await stack.delegate(ada, bot.name, repositories, branches);
    for (const place of inside) {
      const [repository, branch = ""] = place.split(" ");
      // What is covered goes on to be looked at; nothing to delete is not there, so that nothing is changed.
      const changes = [{ path: "not/there", delete: true }];
      const answer = await stack.commit(bot.key, { repository, branch, base: "main", changes });
      expectProblem(answer, 422, "path_missing");
    }
    for (const place of outside) {
      const [repository = "", branch = ""] = place.split(" ");
      await expectDelegationRequired(bot, { repository, branch });
    }
  });
});

describe("what is ended on one replica is ended on another with the next request", () => {
  /** A second replica, where the bot has just been let through. */
  async function usedElsewhere(bot: { key: string }) {
    const { url } = await stack.replica();
    const changes = [{ path: `elsewhere-${bots}.txt`, content: url }];
    expect((await stack.commit(bot.key, { changes }, { url })).status).toBe(201);
    return url;
  }

  test("a permission that the person ends on the page", async () => {
    const bot = await newBot();
    const id = await stack.delegate(ada, bot.name, ["*"]);
    const url = await usedElsewhere(bot);
    const page = await browser.open(`${stack.url}/permissions`);
    const ended = await browser.submit(page, `/permissions/${id}/end`);
    expect(ended.text).toContain("Ended.");
    await expectDelegationRequired(bot, {}, url);
  });

  test("a permission that an operator ends", async () => {
    const bot = await newBot();
    const id = await stack.delegate(ada, bot.name, ["*"]);
    const url = await usedElsewhere(bot);
    expect(await endDelegation(stack, { id })).toBe(true);
    await expectDelegationRequired(bot, {}, url);
  });

  test("a bot", async () => {
    const bot = await newBot();
    await stack.delegate(ada, bot.name, ["*"]);
    const url = await usedElsewhere(bot);
    await revokeBot(stack, bot.name);
    const before = sent(stack);
    expectProblem(await stack.commit(bot.key, {}, { url }), 401, "key_invalid");
    expect(sent(stack)).toBe(before);
  });

  test("an account that the person disconnects", async () => {
    const bot = await newBot();
    const { browser: grace } = await stack.signIn("grace");
    await stack.delegate("gh.4712036", bot.name, ["*"]);
    const { url } = await stack.replica();
    const change = { user: "gh.4712036", changes: [{ path: "grace.txt", content: url }] };
    expect((await stack.commit(bot.key, change, { url })).status).toBe(201);
    await grace.submit(await grace.open(`${stack.url}/accounts`), "Disconnect");
    const before = sent(stack);
    expectProblem(await stack.commit(bot.key, change, { url }), 403, "account_revoked", {
      action_url: `${stack.url}/accounts`,
    });
    expect(sent(stack)).toBe(before);
    await stack.connect("grace", grace);
    expect((await stack.commit(bot.key, { ...change, changes: [{ path: "g", content: "" }] }, { url })).status).toBe(
      201,
    );
  });

  test("and what is granted on one is in force on another", async () => {
    const bot = await newBot();
    const { url } = await stack.replica();
    await expectDelegationRequired(bot, {}, url);
    const { rows } = await stack.database.query<{ id: string }>({
      text: "SELECT id FROM bots WHERE name = $1",
      values: [bot.name],
    });
    const page = await browser.post(
      `${stack.url}/permissions`,
      { bot: rows[0]?.id ?? "", repositories: "acme/site", capability: "commit" },
      `${stack.url}/permissions`,
    );
    expect(page.text).toContain("Permitted.");
    const changes = [{ path: "granted.txt", content: "1" }];
    expect((await stack.commit(bot.key, { changes }, { url })).status).toBe(201);
  });
});
