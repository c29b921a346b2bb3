import type { Queryable } from "../database.ts";
import type { Lookup } from "./lookup-keys.ts";

/** A person as a provider or a platform knows them, as a hash that tells nothing without its key. */
export function identityHash(lookup: Lookup, identity: { provider: string; providerUid: string }): Buffer {
  return lookup.hash("identity", identity.provider, identity.providerUid);
}

export function externalIdHash(lookup: Lookup, externalId: string): Buffer {
  return lookup.hash("external_id", externalId);
}

/** Refuses an identity from now on; or remembers whom an external id meant. */
export async function addTombstone(
  transaction: Queryable,
  tombstone: { hash: Buffer; kind: "identity" | "external_id"; userId: string },
): Promise<void> {
  await transaction.query({
    text: `INSERT INTO tombstones (hash, kind, user_id) VALUES ($1, $2, $3)
      ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id`,
    values: [tombstone.hash, tombstone.kind, tombstone.userId],
  });
}

/** Whose tombstone that is; null: there is none. */
export async function findTombstone(database: Queryable, hash: Buffer): Promise<{ userId: string } | null> {
  const { rows } = await database.query<{ user_id: string }>({
    name: "find-tombstone",
    text: "SELECT user_id FROM tombstones WHERE hash = $1",
    values: [hash],
  });
  return rows[0] ? { userId: rows[0].user_id } : null;
}

/** Lets all identities of a user in again. */
export async function removeTombstones(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({
    text: "DELETE FROM tombstones WHERE user_id = $1 AND kind = 'identity'",
    values: [userId],
  });
}
