import { Command } from "commander";
import { auditCommand } from "./audit.ts";
import { botCommands } from "./bots.ts";
import { type CommandDeps, withDatabase } from "./command.ts";
import { delegationCommands } from "./delegations.ts";
import { deliveryCommands } from "./deliveries.ts";
import { type DoctorDeps, doctorCommand } from "./doctor.ts";
import { eventCommands } from "./events.ts";
import { type GitCredentialDeps, gitCredentialCommand } from "./git-credential.ts";
import { type GitSetupDeps, gitSetupCommand } from "./git-setup.ts";
import type { KeyDeps } from "./key-deps.ts";
import { keyCommands } from "./keys.ts";
import { type DescribeDeps, openapiCommand } from "./openapi.ts";
import { type ClientDeps, passCommands } from "./passes.ts";
import { providerCommands } from "./providers.ts";
import { type SetupDeps, setupCommand } from "./setup.ts";
import { tombstoneCommands } from "./tombstones.ts";
import { type UserDeps, userCommands } from "./users.ts";

/**
 * The command line.
 * @param serve what `start` does
 */
export function createProgram(
  deps: CommandDeps &
    DoctorDeps &
    SetupDeps &
    KeyDeps &
    UserDeps &
    ClientDeps &
    GitSetupDeps &
    GitCredentialDeps &
    DescribeDeps,
  serve: () => Promise<void>,
): Command {
  const program = new Command("onbehalf")
    .description(
      "Bots commit and open pull requests as the person who asked, without ever holding that person's token.",
    )
    .showHelpAfterError("Run it with --help to see what it takes.");
  program.command("start").description("run the server").action(serve);
  program
    .command("migrate")
    .description("bring the database up to date (start does so, too)")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      await withDatabase(deps, async (_database, { applied }) => {
        deps.print(options.json ? JSON.stringify({ applied }) : "The database is up to date.");
      });
    });
  botCommands(program, deps);
  delegationCommands(program, deps);
  passCommands(program, deps);
  gitSetupCommand(program, deps);
  gitCredentialCommand(program, deps);
  auditCommand(program, deps);
  deliveryCommands(program, deps);
  eventCommands(program, deps);
  userCommands(program, deps);
  tombstoneCommands(program, deps);
  keyCommands(program, deps);
  doctorCommand(program, deps);
  providerCommands(program, deps);
  openapiCommand(program, deps);
  setupCommand(program, deps);
  return program;
}
