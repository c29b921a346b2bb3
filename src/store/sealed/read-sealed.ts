import type { Queryable } from "../database.ts";
import type { SealedTable } from "../sealed-columns.ts";

/** A row with what is sealed in it, as it stands in the database. */
export interface SealedRow {
  id: string;
  keyId: string;
  userId: string;
  provider: string;
  /** In the order of the table's sealed columns. */
  values: (Buffer | null)[];
}

export interface SealedPage {
  /** The last row of the page before; null: from the first one. */
  after: string | null;
  /** Only what that key seals. */
  keyId?: string;
  rows: number;
  /** The page ends with the row that reaches this many bytes, since a webhook may be as large as a thousand tokens. */
  bytes?: number;
}

const usualBytes = 4 * 2 ** 20;

interface PageRow {
  id: string;
  key_id: string;
  place_user: string;
  place_provider: string;
  [column: string]: unknown;
}

/** Reads the next sealed rows of a table, in the order of their ids. Locks nothing. */
export async function readSealed(database: Queryable, table: SealedTable, page: SealedPage): Promise<SealedRow[]> {
  const values: unknown[] = [page.rows, page.bytes ?? usualBytes];
  const bound = (value: unknown) => `$${values.push(value)}`;
  const after = page.after === null ? "" : ` AND t.id > ${bound(page.after)}::${table.id}`;
  const key = page.keyId === undefined ? "key_id IS NOT NULL" : `key_id = ${bound(page.keyId)}`;
  const size = table.columns.map((column) => `coalesce(octet_length(${column}), 0)`).join(" + ");
  const { rows } = await database.query<PageRow>({
    text: `SELECT * FROM (
        SELECT page.*, sum(bytes) OVER (ORDER BY page_order) - bytes AS bytes_before FROM (
          SELECT t.id::text AS id, t.id AS page_order, key_id, ${placeColumn(table.userId)} AS place_user,
            ${placeColumn(table.provider)} AS place_provider, ${table.columns.join(", ")}, ${size} AS bytes
          FROM ${table.table} t WHERE ${key}${after} ORDER BY t.id LIMIT $1) page) bounded
      WHERE bytes_before < $2 ORDER BY page_order`,
    values,
  });
  return rows.map((row) => ({
    id: row.id,
    keyId: row.key_id,
    userId: row.place_user,
    provider: row.place_provider,
    values: table.columns.map((column) => bytesIn(row[column])),
  }));
}

function placeColumn(column: string | null): string {
  return column === null ? "''" : `coalesce(${column}::text, '')`;
}

function bytesIn(value: unknown): Buffer | null {
  return Buffer.isBuffer(value) ? value : null;
}
