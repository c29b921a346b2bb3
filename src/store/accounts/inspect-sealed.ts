import type { Keyring } from "../../crypto/keyring.ts";
import type { Queryable } from "../database.ts";
import { accountPlace, openPair, type TokenPlace } from "./account.ts";
import { revocationPlace } from "./pending-revocations.ts";

export interface SealedCount {
  keyId: string;
  /** Rows sealed with this key, in both tables that hold tokens. */
  rows: number;
  /** How many of them were opened to see. */
  tried: number;
  unopened: number;
}

interface SealedRow {
  id: string;
  user_id: string | null;
  provider: string;
  access_token: Buffer;
  refresh_token: Buffer | null;
  [column: string]: unknown;
}

/** Counts what is sealed by key, and opens each key's newest rows. Nothing that was opened leaves this function. */
export async function inspectSealed(
  deps: { database: Queryable; keyring: Keyring },
  options: { sample: number },
): Promise<SealedCount[]> {
  const { rows } = await deps.database.query<{ key_id: string; rows: number }>({
    text: `SELECT key_id, count(*)::int AS rows FROM (
        SELECT key_id FROM user_external_accounts WHERE key_id IS NOT NULL
        UNION ALL SELECT key_id FROM pending_revocations WHERE key_id IS NOT NULL) sealed
      GROUP BY key_id ORDER BY key_id`,
  });
  const counts: SealedCount[] = [];
  for (const { key_id: keyId, rows: count } of rows) {
    const accounts = await newest(deps.database, "user_external_accounts", keyId, options.sample);
    const revocations = await newest(deps.database, "pending_revocations", keyId, options.sample);
    const unopened = [
      ...accounts.filter((row) => !opens(deps.keyring, accountPlace(row.id, row.user_id ?? "", row.provider), row)),
      ...revocations.filter((row) => !opens(deps.keyring, revocationPlace(row.id, row.user_id, row.provider), row)),
    ];
    const tried = accounts.length + revocations.length;
    counts.push({ keyId, rows: count, tried, unopened: unopened.length });
  }
  return counts;
}

async function newest(
  database: Queryable,
  table: TokenPlace["table"],
  keyId: string,
  sample: number,
): Promise<SealedRow[]> {
  const { rows } = await database.query<SealedRow>({
    text: `SELECT id, user_id, provider, access_token, refresh_token FROM ${table}
      WHERE key_id = $1 ORDER BY created_at DESC LIMIT $2`,
    values: [keyId, sample],
  });
  return rows;
}

function opens(keyring: Keyring, place: TokenPlace, row: SealedRow): boolean {
  try {
    openPair(keyring, place, { access: row.access_token, refresh: row.refresh_token });
    return true;
  } catch {
    return false;
  }
}
