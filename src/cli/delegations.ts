import type { Command } from "commander";
import { endDelegation } from "../actions/delegations/end-delegation.ts";
import { grantDelegation } from "../actions/delegations/grant-delegation.ts";
import { isGithubProvider } from "../config/github-app.ts";
import { Problem } from "../errors.ts";
import { findBot } from "../store/bots.ts";
import { capabilities, listDelegations } from "../store/delegations.ts";
import { findUser, parseUserReference } from "../store/users.ts";
import { type CommandDeps, printRows, withDatabase } from "./command.ts";
import { accountOption } from "./provider-option.ts";

interface GrantOptions {
  user: string;
  bot: string;
  provider: string;
  repository?: string[];
  capability: string[];
  branch?: string[];
  until?: string;
  json?: boolean;
}

/** `delegations grant | list | end` */
export function delegationCommands(program: Command, deps: CommandDeps): void {
  const delegations = program.command("delegations").description("which bots may act as whom");

  delegations
    .command("grant")
    .description("let a bot act as a user")
    .requiredOption("--user <ref>", "ID, ext.ID, gh.NUMBER or @LOGIN")
    .requiredOption("--bot <name>")
    .addOption(accountOption())
    .option("--repository <pattern...>", "at GitHub, and needed there: owner/name, owner/* or *")
    .requiredOption("--capability <name...>", capabilities.join(", "))
    .option("--branch <pattern...>", "branch names or patterns with *; any branch unless given")
    .option("--until <time>", "when it ends: 2027-01-31T18:00:00Z, or 2027-01-31 for the end of that day")
    .option("--json", "print one JSON object")
    .action(async (options: GrantOptions) => {
      await withDatabase(deps, async (database) => {
        const reference = parseUserReference(options.user);
        const user = reference && (await findUser(database, reference));
        if (user?.status !== "active") {
          throw new Problem(
            "user_not_found",
            `There is no active user "${options.user}": they must have signed in once.`,
          );
        }
        const bot = await findBot(database, options.bot);
        if (!bot) throw new Problem("not_found", `There is no live bot named "${options.bot}": see \`bots list\`.`);
        const id = await grantDelegation(
          { database },
          {
            userId: user.id,
            bot,
            provider: options.provider,
            repositories: options.repository ?? [],
            branches: options.branch ?? [],
            capabilities: options.capability,
            endsAt: readTime(options.until),
            grantedBy: "operator",
          },
        );
        deps.print(options.json ? JSON.stringify({ id }) : id);
      });
    });

  delegations
    .command("list")
    .description("list the delegations in force")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      await withDatabase(deps, async (database) => {
        const rows = (await listDelegations(database, {})).map((delegation) => ({
          id: delegation.id,
          user: delegation.userId,
          login: delegation.login,
          reference:
            isGithubProvider(delegation.provider) && delegation.providerUid ? `gh.${delegation.providerUid}` : null,
          bot: delegation.botName,
          provider: delegation.provider,
          repositories: delegation.repositories,
          branches: delegation.branches,
          capabilities: delegation.capabilities,
          until: delegation.endsAt?.toISOString() ?? null,
        }));
        printRows(deps, options, rows, "No bot may act as anybody.");
      });
    });

  delegations
    .command("end <id>")
    .description("end a delegation; running replicas obey at once")
    .option("--json", "print one JSON object")
    .action(async (id: string, options: { json?: boolean }) => {
      await withDatabase(deps, async (database) => {
        const known = parseUserReference(id)?.kind === "id" && (await endDelegation({ database }, { id }));
        if (!known)
          throw new Problem("not_found", `There is no delegation "${id}" in force: see \`delegations list\`.`);
        deps.print(options.json ? JSON.stringify({ id, ended: true }) : "Ended.");
      });
    });
}

/** A day means its last moment in UTC, as on the page. */
function readTime(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const [, day = "", clock = "T23:59:59Z"] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  const time = new Date(day + clock);
  // JavaScript takes the 31st of February for a day in March.
  const isDay = new Date(`${day}T00:00:00Z`).getUTCDate() === Number(day.slice(-2));
  if (!isDay || Number.isNaN(time.getTime())) {
    throw new Problem(
      "bad_request",
      `--until is "${text}": write it like 2027-01-31T18:00:00Z, or 2027-01-31 for that whole day.`,
    );
  }
  return time;
}
