import { createHmac, randomBytes } from "node:crypto";
import type { Keyring } from "../../crypto/keyring.ts";
import { open, type SealContext, seal } from "../../crypto/seal.ts";
import { one, type Queryable } from "../database.ts";

/** Hashes what rows are found by without being named in them. */
export interface Lookup {
  /** HMAC-SHA-256 under a key that only this database has. Each part is told from its neighbours. */
  hash(...parts: string[]): Buffer;
}

const tombstoneKey = "tombstones";

/**
 * Opens the key of the tombstones' hashes, which is made once. Call it outside of transactions: whoever makes it is
 * waited for.
 * @throws Problem `cannot_unseal`
 */
export async function openLookup(deps: { database: Queryable; keyring: Keyring }): Promise<Lookup> {
  const { database, keyring } = deps;
  const known = (await read(database)) ?? (await make(database, keyring));
  const secret = Buffer.from(open(keyring, lookupPlace(tombstoneKey), known), "base64");
  return { hash: (...parts) => createHmac("sha256", secret).update(JSON.stringify(parts)).digest() };
}

/** Where a key is sealed to. */
export function lookupPlace(id: string): SealContext {
  return { table: "lookup_keys", column: "secret", rowId: id, userId: "", provider: "" };
}

async function read(database: Queryable): Promise<Buffer | null> {
  const { rows } = await database.query<{ secret: Buffer }>({
    name: "read-lookup-key",
    text: "SELECT secret FROM lookup_keys WHERE id = $1",
    values: [tombstoneKey],
  });
  return rows[0]?.secret ?? null;
}

/** Of two that make it at once the first one's stays: the second statement sees what the first waited for. */
async function make(database: Queryable, keyring: Keyring): Promise<Buffer> {
  const sealed = seal(keyring, lookupPlace(tombstoneKey), randomBytes(32).toString("base64"));
  await database.query({
    text: "INSERT INTO lookup_keys (id, secret, key_id) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
    values: [tombstoneKey, sealed, keyring.activeId],
  });
  const made = one(
    await database.query<{ secret: Buffer }>({
      text: "SELECT secret FROM lookup_keys WHERE id = $1",
      values: [tombstoneKey],
    }),
  );
  return made.secret;
}
