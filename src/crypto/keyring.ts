import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
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

const derivedKeysKept = 10_000;

/**
 * Holds the master keys and derives from them (HKDF-SHA-256, RFC 5869).
 * @param keys at least one; the first seals
 */
export function createKeyring(keys: readonly [MasterKey, ...MasterKey[]]): Keyring {
  const byId = new Map(keys.map((key) => [key.id, createSecretKey(key.bytes)]));
  const derived = new LRUCache<string, KeyObject>({ max: derivedKeysKept });
  return {
    activeId: keys[0].id,
    ids: keys.map((key) => key.id),
    recordKey(keyId, record) {
      const name = `${keyId}:${record}`;
      const known = derived.get(name);
      if (known) return known;
      const master = byId.get(keyId);
      if (!master) return undefined;
      const key = createSecretKey(
        Buffer.from(hkdfSync("sha256", master, Buffer.alloc(0), `onbehalf seal v1 ${record}`, 32)),
      );
      derived.set(name, key);
      return key;
    },
    checkValue(keyId) {
      const master = byId.get(keyId);
      return master && createHmac("sha256", master).update("onbehalf key check v1").digest();
    },
  };
}

/** A new master key in the form that `ENCRYPTION_KEYS` takes: `id:base64`, with an id that was never used. */
export function generateMasterKey(): string {
  return `k${randomBytes(6).toString("hex")}:${randomBytes(32).toString("base64")}`;
}
