import type { Command } from "commander";
import { type Rotation, rotateKeys } from "../actions/keys/rotate-keys.ts";
import { withDatabase } from "./command.ts";
import { type KeyDeps, readKeyring, wholeTables } from "./key-deps.ts";
import { progressBar } from "./progress-bar.ts";
import { unopenedLines } from "./unopened-lines.ts";

/** `keys rotate`: seals everything with the first key, while the service runs. */
export function rotateKeysCommand(keys: Command, deps: KeyDeps): void {
  keys
    .command("rotate")
    .description("seal everything anew that the first key does not seal; Ctrl-C stops it, and it can be begun again")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      const keyring = readKeyring(deps);
      const { activeId } = keyring;
      const stop = deps.interruptible();
      await withDatabase(
        deps,
        async (database) => {
          const bar = progressBar(deps.terminal);
          const onLingering = (ids: string[]) => bar.say(lingering(activeId, ids));
          const rotation = await rotateKeys({ database, keyring }, { stop, onProgress: bar.show, onLingering }).finally(
            bar.end,
          );
          const { resealed, left, unopened, stopped } = rotation;
          if (options.json) {
            deps.print(
              JSON.stringify({
                key: activeId,
                resealed,
                left,
                stopped,
                unopened: unopened.count,
                items: unopened.rows,
              }),
            );
          } else for (const line of inWords(activeId, rotation)) deps.print(line);
          if (left > 0 || unopened.count > 0) deps.fail();
        },
        wholeTables,
      );
    });
}

function inWords(keyId: string, { resealed, left, unopened, stopped }: Rotation): string[] {
  const done = `${rows(resealed)} sealed anew with key "${keyId}"`;
  if (stopped && left > 0) return [`Stopped: ${done}, ${rows(left)} left. Run it again to go on.`];
  if (unopened.count > 0) return [`${done}.`, ...unopenedLines(unopened)];
  const nothing = `key "${keyId}" seals everything: no other key is needed by what is stored.`;
  return [resealed === 0 ? `Nothing to do: ${nothing}` : `${done}. Now ${nothing}`];
}

function lingering(keyId: string, ids: string[]): string {
  const others = ids.map((id) => `"${id}"`).join(", ");
  return (
    `Rows that key ${others} seals keep appearing: a process runs that has it first, or something holds such rows in a ` +
    `transaction. Start every process with "${keyId}" first. This goes on until nothing is left; Ctrl-C stops it.`
  );
}

function rows(count: number): string {
  return `${count} ${count === 1 ? "row" : "rows"}`;
}
