import { ConfigError } from "../config/read-config.ts";
import type { Keyring } from "../crypto/keyring.ts";
import type { Database } from "./database.ts";

/**
 * Compares the configured keys with what the database knows of them, and remembers new ones by a check value.
 * @throws ConfigError naming the id of a key that has other bytes than before, or that is missing while something is
 *   still sealed with it
 */
export async function verifyEncryptionKeys(deps: { database: Database; keyring: Keyring }): Promise<void> {
  const faults: string[] = [];
  for (const id of deps.keyring.ids) {
    const check = deps.keyring.checkValue(id);
    const { rows } = await deps.database.query<{ check_value: Buffer }>({
      text: `WITH added AS (
          INSERT INTO encryption_keys (id, check_value) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING check_value)
        SELECT check_value FROM added UNION ALL SELECT check_value FROM encryption_keys WHERE id = $1`,
      values: [id, check],
    });
    if (check && rows[0]?.check_value.equals(check) === false) {
      faults.push(`ENCRYPTION_KEYS: key "${id}" has other bytes than the key that this database knows by that id.`);
    }
  }
  const { rows } = await deps.database.query<{ id: string }>({
    text: `SELECT k.id FROM encryption_keys k WHERE k.id <> ALL ($1) AND (
        EXISTS (SELECT 1 FROM user_external_accounts WHERE key_id = k.id)
        OR EXISTS (SELECT 1 FROM pending_revocations WHERE key_id = k.id))`,
    values: [deps.keyring.ids],
  });
  for (const { id } of rows) {
    faults.push(`ENCRYPTION_KEYS lacks key "${id}", and stored tokens are sealed with it: put it back.`);
  }
  if (faults.length > 0) throw new ConfigError(faults);
}
