import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Problem } from "../errors.ts";
import type { Keyring } from "./keyring.ts";

/** Where a sealed value belongs. It opens nowhere else (invariant 2). */
export interface SealContext {
  table: string;
  column: string;
  rowId: string;
  userId: string;
  provider: string;
}

const formatVersion = 1;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Seals a secret for one place in the database: AES-256-GCM under a key of that record's own, with a random 96-bit
 * nonce and the place as additional authenticated data.
 * @returns format version, key id (length-prefixed), nonce, ciphertext, tag
 */
export function seal(keyring: Keyring, context: SealContext, secret: string): Buffer {
  const keyId = keyring.activeId;
  const key = keyring.recordKey(keyId, recordName(context));
  if (!key) throw cannotOpen(keyId, "the active key is missing");
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(authenticatedData(context, keyId));
  const ciphertext = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  const id = Buffer.from(keyId, "utf8");
  return Buffer.concat([Buffer.from([formatVersion, id.length]), id, nonce, ciphertext, cipher.getAuthTag()]);
}

/**
 * Opens what {@link seal} made for the same place.
 * @throws Problem `cannot_unseal` when the key is missing, or the value was altered or moved: an operator's fault,
 *   never a reason to end an account
 */
export function open(keyring: Keyring, context: SealContext, sealed: Buffer): string {
  const keyId = sealedWith(sealed);
  const key = keyring.recordKey(keyId, recordName(context));
  if (!key) throw cannotOpen(keyId, "ENCRYPTION_KEYS holds no key of that id: put it back");
  const start = 2 + Buffer.byteLength(keyId);
  const nonce = sealed.subarray(start, start + nonceBytes);
  const ciphertext = sealed.subarray(start + nonceBytes, -tagBytes);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(authenticatedData(context, keyId));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const secret = decipher.update(ciphertext);
    // Checks the tag, and has nothing to add in this mode: before it what came out is nobody's.
    decipher.final();
    return secret.toString("utf8");
  } catch (cause) {
    throw cannotOpen(keyId, "the value was altered or moved, or the key has other bytes than before", cause);
  }
}

/** The id of the key that a value was sealed with. */
export function sealedWith(sealed: Buffer): string {
  const length = sealed[1] ?? 0;
  if (sealed[0] !== formatVersion || sealed.length < 2 + length + nonceBytes + tagBytes) {
    throw cannotOpen("unknown", "the stored value is not one that onbehalf sealed");
  }
  return sealed.subarray(2, 2 + length).toString("utf8");
}

function recordName(context: SealContext): string {
  return `${context.table}/${context.rowId}`;
}

/** Each part is preceded by its length, so that no two places give the same bytes. */
function authenticatedData(context: SealContext, keyId: string): Buffer {
  const parts = [context.table, context.column, context.rowId, context.userId, context.provider, keyId];
  // Three bytes a character are what UTF-8 takes at the most.
  const data = Buffer.allocUnsafe(parts.reduce((size, part) => size + 4 + 3 * part.length, 0));
  let end = 0;
  for (const part of parts) {
    const length = data.write(part, end + 4, "utf8");
    data.writeUInt32BE(length, end);
    end += 4 + length;
  }
  return data.subarray(0, end);
}

function cannotOpen(keyId: string, why: string, cause?: unknown): Problem {
  return new Problem("cannot_unseal", `A sealed value of key "${keyId}" can't be opened: ${why}.`, { cause });
}
