import { readFileSync } from "node:fs";
import { ConfigError, type Environment, type Fault } from "./environment.ts";

export interface MasterKey {
  /** Names the key in every envelope; 1 to 32 of `A-Za-z0-9_-`. */
  id: string;
  /** 32 bytes. */
  bytes: Buffer;
}

/**
 * Reads `ENCRYPTION_KEYS=id:base64,id:base64` or the file that `ENCRYPTION_KEYS_FILE` names (one a line, or with
 * commas). The first seals; all open. Faults name a key's id, never its bytes.
 */
export function readMasterKeys(env: Environment, fault: Fault): MasterKey[] {
  let text = env.ENCRYPTION_KEYS ?? "";
  if (!text && env.ENCRYPTION_KEYS_FILE) {
    try {
      text = readFileSync(env.ENCRYPTION_KEYS_FILE, "utf8");
    } catch {
      fault(`ENCRYPTION_KEYS_FILE names "${env.ENCRYPTION_KEYS_FILE}", which can't be read.`);
      return [];
    }
  }
  const entries = text.split(/[\s,]+/).filter(Boolean);
  if (entries.length === 0) {
    fault(
      "ENCRYPTION_KEYS (or ENCRYPTION_KEYS_FILE) is missing: make one with `npm run -s onbehalf -- keys generate`.",
    );
  }
  const keys: MasterKey[] = [];
  for (const [index, entry] of entries.entries()) {
    const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]+={0,2})$/.exec(entry) ?? [];
    if (!id || !encoded) {
      fault(`ENCRYPTION_KEYS: entry ${index + 1} is not id:base64 (an id has 1 to 32 of A-Z a-z 0-9 _ -).`);
      continue;
    }
    const bytes = Buffer.from(encoded, "base64");
    if (bytes.length !== 32) fault(`ENCRYPTION_KEYS: key "${id}" has ${bytes.length} bytes; it must have 32.`);
    if (keys.some((key) => key.id === id)) fault(`ENCRYPTION_KEYS: key id "${id}" is given twice.`);
    keys.push({ id, bytes });
  }
  return keys;
}

/**
 * The same for who needs nothing but the keys.
 * @throws ConfigError naming every fault at once
 */
export function requireMasterKeys(env: Environment): readonly [MasterKey, ...MasterKey[]] {
  const faults: string[] = [];
  const [first, ...others] = readMasterKeys(env, (sentence) => void faults.push(sentence));
  if (faults.length > 0 || !first) throw new ConfigError(faults);
  return [first, ...others];
}
