import type { Command } from "commander";
import { verifySealed } from "../actions/keys/verify-sealed.ts";
import { withDatabase } from "./command.ts";
import { type KeyDeps, readKeyring, wholeTables } from "./key-deps.ts";
import { progressBar } from "./progress-bar.ts";
import { unopenedLines } from "./unopened-lines.ts";

/** `keys verify`: opens everything that is sealed, and says what does not open. */
export function verifyKeysCommand(keys: Command, deps: KeyDeps): void {
  keys
    .command("verify")
    .description("open everything that is sealed; exit status 1 when something does not open")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      const keyring = readKeyring(deps);
      const stop = deps.interruptible();
      await withDatabase(
        deps,
        async (database) => {
          const bar = progressBar(deps.terminal);
          const verified = await verifySealed({ database, keyring }, { stop, onProgress: bar.show }).finally(bar.end);
          const { rows, unopened, stopped } = verified;
          if (options.json) {
            deps.print(JSON.stringify({ rows, stopped, unopened: unopened.count, items: unopened.rows }));
          } else {
            const opened = rows - unopened.count;
            deps.print(`${stopped ? "Stopped: " : ""}${opened} of ${rows} sealed rows open.`);
            for (const line of unopenedLines(unopened)) deps.print(line);
          }
          if (unopened.count > 0 || stopped) deps.fail();
        },
        wholeTables,
      );
    });
}
