import type { Keyring } from "../../crypto/keyring.ts";
import type { Queryable } from "../database.ts";
import { sealedColumns } from "../sealed-columns.ts";
import { countSealed } from "./count-sealed.ts";
import { openRow } from "./open-row.ts";
import { readSealed } from "./read-sealed.ts";

export interface InspectedKey {
  keyId: string;
  /** Rows sealed with this key, in all tables that hold something sealed. */
  rows: number;
  /** How many of them were opened to see. */
  tried: number;
  unopened: number;
}

/**
 * Counts what is sealed by key, and opens some rows of each key in each table. Nothing that was opened leaves this
 * function.
 * @param options.sample how many rows of a table
 */
export async function inspectSealed(
  deps: { database: Queryable; keyring: Keyring },
  options: { sample: number },
): Promise<InspectedKey[]> {
  const byKey = new Map<string, InspectedKey>();
  for (const { table: name, keyId, rows } of await countSealed(deps.database)) {
    const inspected = byKey.get(keyId) ?? { keyId, rows: 0, tried: 0, unopened: 0 };
    byKey.set(keyId, inspected);
    inspected.rows += rows;
    for (const table of sealedColumns.filter((each) => each.table === name)) {
      const sample = await readSealed(deps.database, table, { keyId, after: null, rows: options.sample });
      inspected.tried += sample.length;
      inspected.unopened += sample.filter((row) => !openRow(deps.keyring, table, row)).length;
    }
  }
  return [...byKey.values()].sort((one, other) => (one.keyId < other.keyId ? -1 : 1));
}
