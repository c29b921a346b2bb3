import type { Command } from "commander";
import { offerBot } from "../actions/bots/offer-bot.ts";
import { setCeiling } from "../actions/bots/set-ceiling.ts";
import { withdrawOffer } from "../actions/bots/withdraw-offer.ts";
import { Problem } from "../errors.ts";
import type { Scope } from "../store/authority.ts";
import { type LimitedBot, listLimitedBots } from "../store/ceilings.ts";
import type { Database } from "../store/database.ts";
import { capabilities } from "../store/delegations.ts";
import { listOffers } from "../store/offers.ts";
import { type CommandDeps, withDatabase } from "./command.ts";
import { providerOption } from "./provider-option.ts";

interface ScopeOptions {
  repository?: string[];
  capability?: string[];
  branch?: string[];
  json?: boolean;
}

const by = { actor: "operator" } as const;

/** `bots ceiling | offer` */
export function botScopeCommands(bots: Command, deps: CommandDeps): void {
  scopeOptions(bots.command("ceiling <name>"))
    .description("set the most that anybody can let a bot do; without options, show it")
    .option("--none", "no limit")
    .action(async (name: string, options: ScopeOptions & { none?: boolean }) => {
      const scope = readOptions(options, options.none === true, "--none");
      await withDatabase(deps, async (database) => {
        const bot = await requireLiveBot(database, name);
        if (scope === "show") {
          show(deps, options, "ceiling", bot.ceiling, `Nothing limits ${bot.name}.`);
          return;
        }
        const { withdrawn } = await setCeiling({ database }, { botId: bot.id, ceiling: scope, by });
        const { ceiling } = await requireLiveBot(database, name);
        show(deps, options, "ceiling", ceiling, `Nothing limits ${bot.name} any more.`);
        if (withdrawn && !options.json) deps.print("Its offer went further, and was withdrawn.");
      });
    });

  scopeOptions(bots.command("offer <name>"))
    .addOption(providerOption())
    .description("offer a bot to everybody who connects from now on; without options, show the offer")
    .option("--withdraw", "offer it no more; what people accepted stays theirs")
    .action(async (name: string, options: ScopeOptions & { withdraw?: boolean; provider: string }) => {
      const { provider } = options;
      const scope = readOptions(options, options.withdraw === true, "--withdraw");
      await withDatabase(deps, async (database) => {
        const { id: botId } = await requireLiveBot(database, name);
        if (scope === null) await withdrawOffer({ database }, { botId, provider, by });
        else if (scope !== "show") await offerBot({ database }, { botId, provider, scope, by });
        const offer = (await listOffers(database)).find((one) => one.botId === botId && one.provider === provider);
        show(deps, options, "offer", offer ?? null, `${name} is not offered to anybody.`);
      });
    });
}

function scopeOptions(command: Command): Command {
  return command
    .option("--repository <pattern...>", "owner/name, owner/* or *")
    .option("--capability <name...>", capabilities.join(", "))
    .option("--branch <pattern...>", "branch names or patterns with *; any branch unless given")
    .option("--json", "print one JSON object");
}

/** @returns null: to be taken away; `show`: nothing is to be changed */
function readOptions(options: ScopeOptions, none: boolean, option: string): Scope | null | "show" {
  const { repository, capability, branch } = options;
  const given = repository ?? capability ?? branch;
  if (none && given) throw new Problem("bad_request", `${option} stands alone: leave the other options out.`);
  if (none) return null;
  if (!given) return "show";
  return { repositories: repository ?? [], capabilities: capability ?? [], branches: branch ?? [] };
}

async function requireLiveBot(database: Database, name: string): Promise<LimitedBot> {
  const bot = (await listLimitedBots(database)).find((one) => one.name === name);
  if (!bot) throw new Problem("not_found", `There is no live bot named "${name}" that acts: see \`bots list\`.`);
  return bot;
}

function show(
  deps: CommandDeps,
  options: { json?: boolean },
  what: "ceiling" | "offer",
  scope: Scope | null,
  none: string,
): void {
  if (options.json) {
    const { repositories, branches, capabilities: allowed } = scope ?? {};
    deps.print(JSON.stringify({ [what]: scope && { repositories, branches, capabilities: allowed } }));
  } else if (!scope) {
    deps.print(none);
  } else {
    deps.print(`repositories  ${scope.repositories.join(" ")}`);
    deps.print(`branches      ${scope.branches.join(" ")}`);
    deps.print(`capabilities  ${scope.capabilities.join(" ")}`);
  }
}
