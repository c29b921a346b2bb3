import type { Command } from "commander";
import { readKeyStatus } from "../actions/keys/read-key-status.ts";
import { generateMasterKey } from "../crypto/keyring.ts";
import { printRows, withDatabase } from "./command.ts";
import { type KeyDeps, readKeyring, wholeTables } from "./key-deps.ts";
import { rotateKeysCommand } from "./keys-rotate.ts";
import { verifyKeysCommand } from "./keys-verify.ts";

/** `keys generate | status | rotate | verify`. `generate` needs no configuration and no database. */
export function keyCommands(program: Command, deps: KeyDeps): void {
  const keys = program.command("keys").description("the keys that seal tokens and webhooks");
  keys
    .command("generate")
    .description("print a new key for ENCRYPTION_KEYS")
    .option("--json", "print one JSON object")
    .action((options: { json?: boolean }) => {
      const key = generateMasterKey();
      deps.print(options.json ? JSON.stringify({ key }) : key);
    });
  keys
    .command("status")
    .description("list the keys by their ids, with how many rows each seals")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      const keyring = readKeyring(deps);
      await withDatabase(
        deps,
        async (database) => {
          const items = await readKeyStatus({ database, keyring });
          if (options.json) {
            deps.print(JSON.stringify({ items }));
            return;
          }
          const rows = items.map(({ id, configured, check, rows: counted }) => {
            const counts = Object.entries(counted).map(([table, count]) => [table, String(count)]);
            return { key: id, configured, check, ...Object.fromEntries(counts) };
          });
          printRows(deps, options, rows, "");
        },
        wholeTables,
      );
    });
  rotateKeysCommand(keys, deps);
  verifyKeysCommand(keys, deps);
}
