import { setTimeout as sleep } from "node:timers/promises";
import type { Keyring } from "../../crypto/keyring.ts";
import type { Database } from "../../store/database.ts";
import { verifyEncryptionKeys } from "../../store/encryption-keys.ts";
import { countSealed } from "../../store/sealed/count-sealed.ts";
import { requireKnownKey } from "./require-known-key.ts";
import { type Pass, rotateOnce } from "./rotate-once.ts";

export interface RotationOptions {
  /** Aborted: it ends after the batch that is under way. */
  stop: AbortSignal;
  /** Rows that are done, of all that were found so far. */
  onProgress(done: number, total: number): void;
  /** Rows are still sealed with another key after some rounds: a process that runs must have it first. */
  onLingering(keyIds: string[]): void;
  batchRows?: number;
  /** Between two rounds, once only a few rows can be left. */
  pauseMs?: number;
}

export interface Rotation extends Pass {
  /** Rows that another key seals when it ends. */
  left: number;
  /** It was asked to stop before everything was done. */
  stopped: boolean;
}

const patientRounds = 3;

/**
 * Seals everything anew that is not sealed with the first key, in batches, while the service runs. Goes round until a
 * round finds nothing, since a process that still has another key first goes on sealing with it. How far it got stands
 * in the rows alone, so it can be stopped at any time, killed even, and begun again.
 * @throws ConfigError when a key has other bytes than before, or one that still seals something is missing
 * @throws Problem `bad_request` when the processes that run can't have the first key
 */
export async function rotateKeys(
  deps: { database: Database; keyring: Keyring },
  options: RotationOptions,
): Promise<Rotation> {
  await requireKnownKey(deps);
  await verifyEncryptionKeys(deps);
  const { pauseMs = 1_000, stop, onLingering } = options;
  const total = await countOthers(deps);
  let resealed = 0;
  for (let round = 1; ; round++) {
    const before = resealed;
    const pass = await rotateOnce(deps, options, (done) => {
      options.onProgress(before + done, Math.max(total, before + done));
    });
    resealed += pass.resealed;
    if (stop.aborted || (pass.resealed === 0 && pass.missed === 0)) {
      return { ...pass, resealed, left: await countOthers(deps), stopped: stop.aborted };
    }
    if (round === patientRounds) onLingering(pass.keyIds);
    if (round > 1) await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function countOthers({ database, keyring }: { database: Database; keyring: Keyring }): Promise<number> {
  const counts = await countSealed(database);
  return counts.filter(({ keyId }) => keyId !== keyring.activeId).reduce((sum, { rows }) => sum + rows, 0);
}
