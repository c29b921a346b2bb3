import { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBot } from "../../src/actions/bots/create-bot.ts";
import { botCommands } from "../../src/cli/bots.ts";
import { createLog } from "../../src/log.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { createTestDatabase } from "../harness/database.ts";

const log = createLog({ level: "silent" });
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase({ log }, { url: testDatabase.url });
  await createBot({ database }, { name: "deploy-bot", kind: "bot" });
  await createBot({ database }, { name: "host", kind: "platform" });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** What a command prints. */
async function bots(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const storage = { databaseUrl: testDatabase.url, dataDir: "/nowhere" };
  const program = new Command();
  botCommands(program, { storage, log, print: (line) => void lines.push(line) });
  await program.parseAsync(["bots", ...args], { from: "user" });
  return lines.join("\n");
}

async function audited(): Promise<unknown[]> {
  const { rows } = await database.query({
    text: "SELECT action, actor, detail FROM audit_events WHERE action LIKE 'bot.%' AND action <> 'bot.create' ORDER BY id",
  });
  return rows;
}

test("an operator limits a bot, offers it, and takes both back; each is an event", async () => {
  expect(await bots("ceiling", "deploy-bot")).toBe("Nothing limits deploy-bot.");
  expect(await bots("offer", "deploy-bot")).toBe("deploy-bot is not offered to anybody.");
  const ceiling = { repositories: ["acme/*"], branches: ["bots/*"], capabilities: ["commit", "push"] };
  const options = ["--repository", "Acme/*", "--branch", "bots/*", "--capability", "commit", "push"];
  expect(JSON.parse(await bots("ceiling", "deploy-bot", ...options, "--json"))).toEqual({ ceiling });
  expect(await bots("ceiling", "deploy-bot")).toBe(
    "repositories  acme/*\nbranches      bots/*\ncapabilities  commit push",
  );
  const offer = ["--repository", "acme/site", "--branch", "bots/*", "--capability", "commit"];
  expect(await bots("offer", "deploy-bot", ...offer)).toContain("repositories  acme/site");
  expect(JSON.parse(await bots("offer", "deploy-bot", "--json"))).toEqual({
    offer: { repositories: ["acme/site"], branches: ["bots/*"], capabilities: ["commit"] },
  });
  expect(await bots("offer", "deploy-bot", "--withdraw")).toBe("deploy-bot is not offered to anybody.");
  expect(await bots("offer", "deploy-bot", ...offer)).toContain("acme/site");
  const narrower = ["--repository", "acme/docs", "--capability", "commit"];
  expect(await bots("ceiling", "deploy-bot", ...narrower)).toContain("Its offer went further, and was withdrawn.");
  expect(await bots("offer", "deploy-bot")).toBe("deploy-bot is not offered to anybody.");
  expect(await bots("ceiling", "deploy-bot", "--none")).toBe("Nothing limits deploy-bot any more.");
  expect(await audited()).toMatchObject([
    { action: "bot.ceiling", actor: "operator", detail: ceiling },
    { action: "bot.offer", detail: { repositories: ["acme/site"] } },
    { action: "bot.offer_withdraw" },
    { action: "bot.offer" },
    { action: "bot.ceiling", detail: { repositories: ["acme/docs"], branches: ["*"] } },
    { action: "bot.offer_withdraw" },
    { action: "bot.ceiling", detail: { limited: false } },
  ]);
});

test("an offer that goes beyond the ceiling, and options that make no sense, are refused and change nothing", async () => {
  await bots("ceiling", "deploy-bot", "--repository", "acme/*", "--capability", "commit");
  const before = await audited();
  const bad: [args: string[], why: RegExp][] = [
    [
      ["offer", "deploy-bot", "--repository", "*", "--capability", "commit"],
      /an admin limits it to the repositories acme\/\*/,
    ],
    [
      ["offer", "deploy-bot", "--repository", "acme/x", "--capability", "own"],
      /"own" is no capability: use commit, push/,
    ],
    [["ceiling", "deploy-bot", "--capability", "commit"], /Name at least one repository/],
    [["ceiling", "deploy-bot", "--none", "--repository", "*"], /--none stands alone/],
    [["offer", "deploy-bot", "--withdraw", "--branch", "x"], /--withdraw stands alone/],
    [["ceiling", "host", "--none"], /no live bot named "host" that acts/],
    [["offer", "nobody"], /no live bot named "nobody"/],
  ];
  for (const [args, why] of bad) await expect(bots(...args)).rejects.toThrow(why);
  expect(await audited()).toEqual(before);
});
