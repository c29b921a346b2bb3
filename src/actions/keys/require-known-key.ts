import type { Keyring } from "../../crypto/keyring.ts";
import { Problem } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { readKnownKeys } from "../../store/encryption-keys.ts";
import { countRunningProcesses } from "../../store/running-processes.ts";

/**
 * A key that no process was ever started with is unknown to those that run, and they could open nothing that it seals.
 * Which of the known keys they have, the database can't tell.
 * @throws Problem `bad_request`
 */
export async function requireKnownKey(deps: { database: Database; keyring: Keyring }): Promise<void> {
  const { activeId } = deps.keyring;
  const known = await readKnownKeys(deps);
  if (known.some(({ id }) => id === activeId)) return;
  const running = await countRunningProcesses(deps.database);
  if (running === 0) return;
  throw new Problem(
    "bad_request",
    `No process was started with key "${activeId}" yet, and what it seals could not be opened by the ${running} that ` +
      `${running === 1 ? "runs" : "run"} now. Nothing was changed. Start each of them with that key behind the first ` +
      "one, then with that key first; then rotate.",
  );
}
