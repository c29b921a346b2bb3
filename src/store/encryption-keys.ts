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

/** A key that the database knows. */
export interface KnownKey {
  id: string;
  /** Whether the configured key of that id is this one; null: none is configured. */
  matches: boolean | null;
}

/** The keys that have ever sealed here, or were ready to. */
export async function readKnownKeys(deps: { database: Queryable; keyring: Keyring }): Promise<KnownKey[]> {
  const { rows } = await deps.database.query<{ id: string; check_value: Buffer }>({
    text: "SELECT id, check_value FROM encryption_keys ORDER BY id",
  });
  return rows.map(({ id, check_value }) => ({ id, matches: deps.keyring.checkValue(id)?.equals(check_value) ?? null }));
}

/** The keys that something is sealed with and that this process lacks, or has with other bytes. Reads a row or none. */
export async function findUnknownKeys({ database, keyring }: { database: Queryable; keyring: Keyring }) {
  const known = await readKnownKeys({ database, keyring });
  const changed = known.filter(({ matches }) => matches === false).map(({ id }) => id);
  const absent = known.filter(({ matches }) => matches === null).map(({ id }) => id);
  if (absent.length === 0) return changed;
  const used = sealedColumns.map(({ table }) => `EXISTS (SELECT 1 FROM ${table} WHERE key_id = k.id)`).join(" OR ");
  const { rows } = await database.query<{ id: string }>({
    text: `SELECT k.id FROM unnest($1::text[]) AS k (id) WHERE ${used}`,
    values: [absent],
  });
  return [...changed, ...rows.map(({ id }) => id)];
}

async function findChangedKeys(deps: { database: Queryable; keyring: Keyring }): Promise<string[]> {
  const known = await readKnownKeys(deps);
  return known
    .filter(({ matches }) => matches === false)
    .map(
      ({ id }) =>
        `ENCRYPTION_KEYS: key "${id}" has other bytes than the key that this database knows by that id. Put those back, or give the new key a new id.`,
    );
}

/** Nobody waits for more to be counted. */
const mostCounted = 1_000_000;

async function findMissingKeys({ database, keyring }: { database: Queryable; keyring: Keyring }): Promise<string[]> {
  const sealed = sealedColumns.map(({ table }) => `SELECT 1 FROM ${table} WHERE key_id = k.id`).join(" UNION ALL ");
  const { rows } = await database.query<{ id: string; rows: number }>({
    text: `SELECT k.id, counted.rows FROM encryption_keys k
      CROSS JOIN LATERAL (SELECT count(*)::int AS rows FROM (${sealed} LIMIT $2) sealed) counted
      WHERE k.id <> ALL ($1) AND counted.rows > 0 ORDER BY k.id`,
    values: [keyring.ids, mostCounted],
  });
  return rows.map(({ id, rows: count }) => {
    const many = `${count === mostCounted ? "at least " : ""}${count} ${count === 1 ? "row" : "rows"}`;
    return (
      `ENCRYPTION_KEYS lacks key "${id}", and ${many} in the database can be opened with no other: ` +
      "put it back, behind the first one. `onbehalf keys rotate` makes it dispensable."
    );
  });
}
