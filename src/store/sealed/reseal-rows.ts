import { createHash } from "node:crypto";
import type { Keyring } from "../../crypto/keyring.ts";
import { seal } from "../../crypto/seal.ts";
import type { Queryable } from "../database.ts";
import type { SealedTable } from "../sealed-columns.ts";
import { openRow, placeOf } from "./open-row.ts";
import type { SealedRow } from "./read-sealed.ts";

export interface Resealed {
  resealed: number;
  /** Rows that something else changed or had locked meanwhile; they are as it left them. */
  missed: number;
  /** Rows that don't open, which are left as they are. */
  unopened: SealedRow[];
}

/**
 * Seals rows anew with the first key, while the service runs. A row is written only where it still holds just the bytes
 * that were read, so a pair that was stored meanwhile, a reconnect or a disconnect wins; and no lock is waited for, so
 * nobody fails by it. Nothing else of a row changes: not its version, since a refresh that is under way holds the same
 * tokens as before and must be able to store the pair that it brings, nor a lease, nor a time.
 */
export async function resealRows(
  deps: { database: Queryable; keyring: Keyring },
  table: SealedTable,
  rows: readonly SealedRow[],
): Promise<Resealed> {
  const { database, keyring } = deps;
  const unopened: SealedRow[] = [];
  const sealed: { row: SealedRow; values: (Buffer | null)[] }[] = [];
  for (const row of rows) {
    const opened = openRow(keyring, table, row);
    if (!opened) unopened.push(row);
    else {
      const values = opened.map((secret, index) =>
        secret === null ? null : seal(keyring, placeOf(table, row, index), secret),
      );
      sealed.push({ row, values });
    }
  }
  if (sealed.length === 0) return { resealed: 0, missed: 0, unopened };
  const { columns } = table;
  const arrays = columns.flatMap((_, index) => [`$${3 + 2 * index}::bytea[]`, `$${4 + 2 * index}::bytea[]`]);
  const names = columns.flatMap((_, index) => [`was_${index}`, `new_${index}`]);
  const unchanged = columns
    .map((column, index) => `sha256(t.${column}) IS NOT DISTINCT FROM s.was_${index}`)
    .join(" AND ");
  const { rowCount } = await database.query({
    name: `reseal-${table.table}`,
    text: `WITH sealed AS (
        SELECT * FROM unnest($2::${table.id}[], ${arrays.join(", ")}) AS s (id, ${names.join(", ")})
      ), free AS (
        SELECT t.id FROM ${table.table} t JOIN sealed s ON t.id = s.id
        WHERE ${unchanged} FOR NO KEY UPDATE OF t SKIP LOCKED
      )
      UPDATE ${table.table} t
      SET key_id = $1, ${columns.map((column, index) => `${column} = s.new_${index}`).join(", ")}
      FROM sealed s WHERE t.id = s.id AND t.id IN (SELECT id FROM free) AND ${unchanged}`,
    values: [
      keyring.activeId,
      sealed.map(({ row }) => row.id),
      ...columns.flatMap((_, index) => [
        sealed.map(({ row }) => sha256(row.values[index] ?? null)),
        sealed.map(({ values }) => values[index] ?? null),
      ]),
    ],
  });
  const resealed = rowCount ?? 0;
  return { resealed, missed: sealed.length - resealed, unopened };
}

function sha256(bytes: Buffer | null): Buffer | null {
  return bytes && createHash("sha256").update(bytes).digest();
}
