import type { Keyring } from "../../crypto/keyring.ts";
import type { Queryable } from "../database.ts";
import { openDelivery } from "../deliveries.ts";
import { sealedColumns } from "../sealed-columns.ts";
import { accountPlace, openPair, type TokenPlace } from "./account.ts";
import { revocationPlace } from "./pending-revocations.ts";

export interface SealedCount {
  keyId: string;
  /** Rows sealed with this key, in all tables that hold something sealed. */
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
    text: `SELECT key_id, count(*)::int AS rows FROM (${sealedColumns
      .map(({ table }) => `SELECT key_id FROM ${table} WHERE key_id IS NOT NULL`)
      .join(" UNION ALL ")}) sealed GROUP BY key_id ORDER BY key_id`,
  });
  const counts: SealedCount[] = [];
  for (const { key_id: keyId, rows: count } of rows) {
    const accounts = await newest(deps.database, "user_external_accounts", keyId, options.sample);
    const revocations = await newest(deps.database, "pending_revocations", keyId, options.sample);
    const deliveries = await newestDeliveries(deps.database, keyId, options.sample);
    const { keyring } = deps;
    const unopened = [
      ...accounts.filter((row) => !opens(keyring, accountPlace(row.id, row.user_id ?? "", row.provider), row)),
      ...revocations.filter((row) => !opens(keyring, revocationPlace(row.id, row.user_id, row.provider), row)),
      ...deliveries.filter((row) => !succeeds(() => openDelivery(keyring, { ...row, sealedPayload: row.payload }))),
    ];
    const tried = accounts.length + revocations.length + deliveries.length;
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

interface SealedDelivery {
  id: string;
  provider: string;
  payload: Buffer;
}

async function newestDeliveries(database: Queryable, keyId: string, sample: number): Promise<SealedDelivery[]> {
  const { rows } = await database.query<SealedDelivery>({
    text: "SELECT id, provider, payload FROM deliveries WHERE key_id = $1 ORDER BY received_at DESC LIMIT $2",
    values: [keyId, sample],
  });
  return rows;
}

function opens(keyring: Keyring, place: TokenPlace, row: SealedRow): boolean {
  return succeeds(() => openPair(keyring, place, { access: row.access_token, refresh: row.refresh_token }));
}

function succeeds(open: () => unknown): boolean {
  try {
    open();
    return true;
  } catch {
    return false;
  }
}
