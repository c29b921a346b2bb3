import type { Queryable } from "../database.ts";
import { sealedColumns } from "../sealed-columns.ts";

/** How many rows of a table a key seals. */
export interface SealedCount {
  table: string;
  keyId: string;
  rows: number;
}

/** Counts what is sealed, by table and key. Reads an index for each table, in whole. */
export async function countSealed(database: Queryable): Promise<SealedCount[]> {
  const counts: SealedCount[] = [];
  for (const { table } of sealedColumns) {
    const { rows } = await database.query<{ key_id: string; rows: number }>({
      text: `SELECT key_id, count(*)::int AS rows FROM ${table} WHERE key_id IS NOT NULL
        GROUP BY key_id ORDER BY key_id`,
    });
    counts.push(...rows.map((row) => ({ table, keyId: row.key_id, rows: row.rows })));
  }
  return counts;
}
