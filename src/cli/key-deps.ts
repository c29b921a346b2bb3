import { requireMasterKeys } from "../config/encryption-keys.ts";
import type { Environment } from "../config/environment.ts";
import { createKeyring, type Keyring } from "../crypto/keyring.ts";
import type { CommandDeps } from "./command.ts";
import type { BarTerminal } from "./progress-bar.ts";

/** What the commands about keys are given. */
export interface KeyDeps extends CommandDeps {
  environment: Environment;
  /** Where a progress bar and remarks go. */
  terminal: BarTerminal;
  /** From now on a signal asks the command to stop, instead of ending it. */
  interruptible(): AbortSignal;
  /** Makes the exit status 1. */
  fail(): void;
}

/** Counting a table in whole takes longer than a request may. */
export const wholeTables = { statementTimeoutMs: 600_000 };

/**
 * The configured keys, for who goes through all that is sealed.
 * @throws ConfigError
 */
export function readKeyring(deps: Pick<KeyDeps, "environment">): Keyring {
  return createKeyring(requireMasterKeys(deps.environment), { kept: 10 });
}
