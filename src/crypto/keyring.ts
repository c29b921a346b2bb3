import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { MasterKey } from "../config/encryption-keys.ts";

export interface Keyring {
  /** The key that seals. All of them open. */
  activeId: string;
  ids: string[];
  /**
   * The key of one record, derived from a master key. Every record has its own, so that no AES-GCM key nears the
   * 2^32 messages that NIST SP 800-38D allows with random nonces.
   * @returns undefined for a key id that this process was not given
   */
  recordKey(keyId: string, record: string): KeyObject | undefined;
  /** A value that tells two keys of the same id apart without saying anything about either. */
  checkValue(keyId: string): Buffer | undefined;
}

const usualKept = 10_000;

/**
 * Holds the master keys and derives from them (HKDF-SHA-256, RFC 5869).
 * @param keys at least one; the first seals
 * @param options.kept how many derived keys are kept at most. Each holds memory that the garbage collector does not
 *   see: whoever goes through millions of records, and sees none again, keeps a few
 */
export function createKeyring(keys: readonly [MasterKey, ...MasterKey[]], options: { kept?: number } = {}): Keyring {
  const byId = new Map(keys.map((key) => [key.id, createSecretKey(key.bytes)]));
  const extracted = new Map(keys.map((key) => [key.id, createSecretKey(extract(key.bytes))]));
  const derived = new LRUCache<string, KeyObject>({ max: options.kept ?? usualKept });
  return {
    activeId: keys[0].id,
    ids: keys.map((key) => key.id),
    recordKey(keyId, record) {
      const name = `${keyId}:${record}`;
      const known = derived.get(name);
      if (known) return known;
      const master = extracted.get(keyId);
      if (!master) return undefined;
      const key = createSecretKey(expand(master, `onbehalf seal v1 ${record}`));
      derived.set(name, key);
      return key;
    },
    checkValue(keyId) {
      const master = byId.get(keyId);
      return master && createHmac("sha256", master).update("onbehalf key check v1").digest();
    },
  };
}

/**
 * HKDF in its two steps (RFC 5869, 2.2 and 2.3), without salt and for 32 bytes. The first step is the same for every
 * record, so it is done once: `hkdfSync` would repeat it for each delivery that is stored.
 */
function extract(master: Buffer): Buffer {
  return createHmac("sha256", Buffer.alloc(32)).update(master).digest();
}

function expand(extracted: KeyObject, info: string): Buffer {
  return createHmac("sha256", extracted).update(info).update(Buffer.of(1)).digest();
}

/** A new master key in the form that `ENCRYPTION_KEYS` takes: `id:base64`, with an id that was never used. */
export function generateMasterKey(): string {
  return `k${randomBytes(6).toString("hex")}:${randomBytes(32).toString("base64")}`;
}
