import { ConfigError } from "../config/read-config.ts";
import type { Keyring } from "../crypto/keyring.ts";
import type { Database, Queryable } from "./database.ts";
import { sealedColumns } from "./sealed-columns.ts";

/**
 * Compares the configured keys with what the database knows of them, and remembers new ones by a check value. A start
 * that is refused leaves nothing behind: a mistyped key must not become the known one.
 * @throws ConfigError naming the id of a key that has other bytes than before, or that is missing while something is
 *   still sealed with it
 */
export async function verifyEncryptionKeys(deps: { database: Database; keyring: Keyring }): Promise<void> {
  const { database, keyring } = deps;
  const faults = await findKeyFaults(deps);
  if (faults.length > 0) throw new ConfigError(faults);
  for (const id of keyring.ids) {
    await database.query({
      text: "INSERT INTO encryption_keys (id, check_value) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
      values: [id, keyring.checkValue(id)],
    });
  }
  // Another replica that started at the same moment may have been first, with another key.
  const changed = await findChangedKeys(deps);
  if (changed.length > 0) throw new ConfigError(changed);
}

/** What the database has against the configured keys. Remembers nothing. */
export async function findKeyFaults(deps: { database: Queryable; keyring: Keyring }): Promise<string[]> {
  return [...(await findChangedKeys(deps)), ...(await findMissingKeys(deps))];
}

async function findChangedKeys({ database, keyring }: { database: Queryable; keyring: Keyring }): Promise<string[]> {
  const { rows } = await database.query<{ id: string; check_value: Buffer }>({
    text: "SELECT id, check_value FROM encryption_keys WHERE id = ANY ($1)",
    values: [keyring.ids],
  });
  return rows
    .filter(({ id, check_value }) => !keyring.checkValue(id)?.equals(check_value))
    .map(
      ({ id }) =>
        `ENCRYPTION_KEYS: key "${id}" has other bytes than the key that this database knows by that id. Put those back, or give the new key a new id.`,
    );
}

async function findMissingKeys({ database, keyring }: { database: Queryable; keyring: Keyring }): Promise<string[]> {
  const seals = sealedColumns.map(({ table }) => `EXISTS (SELECT 1 FROM ${table} WHERE key_id = k.id)`);
  const { rows } = await database.query<{ id: string }>({
    text: `SELECT k.id FROM encryption_keys k WHERE k.id <> ALL ($1) AND (${seals.join(" OR ")}) ORDER BY k.id`,
    values: [keyring.ids],
  });
  return rows.map(
    ({ id }) => `ENCRYPTION_KEYS lacks key "${id}", and something stored is sealed with it: put it back.`,
  );
}
