import type { Command } from "commander";
import { createBot } from "../actions/bots/create-bot.ts";
import { revokeBot } from "../actions/bots/revoke-bot.ts";
import { Problem } from "../errors.ts";
import { type BotKind, listBots } from "../store/bots.ts";
import { botScopeCommands } from "./bot-scope.ts";
import { type CommandDeps, printRows, withDatabase } from "./command.ts";

/** `bots create | list | revoke | ceiling | offer` */
export function botCommands(program: Command, deps: CommandDeps): void {
  const bots = program.command("bots").description("the clients that act for people, and platforms");

  bots
    .command("create <name>")
    .description("create a bot and print its key, once")
    .option("--kind <kind>", "bot (acts for people) or platform (manages users, never acts)", "bot")
    .option("--json", "print one JSON object")
    .action(async (name: string, options: { kind: string; json?: boolean }) => {
      const kind = readKind(options.kind);
      await withDatabase(deps, async (database) => {
        const { bot, key } = await createBot({ database }, { name, kind });
        deps.print(options.json ? JSON.stringify({ id: bot.id, name: bot.name, kind: bot.kind, key }) : key);
      });
    });

  bots
    .command("list")
    .description("list bots")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      await withDatabase(deps, async (database) => {
        const rows = (await listBots(database, { live: false })).map((bot) => ({
          name: bot.name,
          kind: bot.kind,
          created_at: bot.createdAt.toISOString(),
          revoked_at: bot.revokedAt?.toISOString() ?? null,
        }));
        printRows(deps, options, rows, "There are no bots. Create one: npm run -s onbehalf -- bots create NAME");
      });
    });

  bots
    .command("revoke <name>")
    .description("revoke a bot with its keys and delegations; running replicas refuse it at once")
    .option("--json", "print one JSON object")
    .action(async (name: string, options: { json?: boolean }) => {
      await withDatabase(deps, async (database) => {
        const bot = await revokeBot({ database }, name);
        deps.print(
          options.json ? JSON.stringify({ id: bot.id, name: bot.name, revoked: true }) : `Revoked ${bot.name}.`,
        );
      });
    });

  botScopeCommands(bots, deps);
}

function readKind(text: string): BotKind {
  if (text === "bot" || text === "platform") return text;
  throw new Problem("bad_request", `--kind is "${text}": use bot or platform.`);
}
