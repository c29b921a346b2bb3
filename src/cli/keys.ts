import type { Command } from "commander";
import { generateMasterKey } from "../crypto/keyring.ts";
import type { CommandDeps } from "./command.ts";

/** `keys generate`: needs no configuration and no database. */
export function keyCommands(program: Command, deps: Pick<CommandDeps, "print">): void {
  const keys = program.command("keys").description("the keys that seal tokens");
  keys
    .command("generate")
    .description("print a new key for ENCRYPTION_KEYS")
    .option("--json", "print one JSON object")
    .action((options: { json?: boolean }) => {
      const key = generateMasterKey();
      deps.print(options.json ? JSON.stringify({ key }) : key);
    });
}
