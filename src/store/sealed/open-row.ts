import type { Keyring } from "../../crypto/keyring.ts";
import { open, type SealContext, sealedWith } from "../../crypto/seal.ts";
import { Problem } from "../../errors.ts";
import type { SealedTable } from "../sealed-columns.ts";
import type { SealedRow } from "./read-sealed.ts";

/**
 * Opens all that is sealed in a row.
 * @returns what was sealed, in the order of the table's columns; null when any of it does not open, or was sealed with
 *   another key than the row says: whoever leaves that key out would not be stopped
 */
export function openRow(keyring: Keyring, table: SealedTable, row: SealedRow): (string | null)[] | null {
  try {
    if (row.values.some((value) => value !== null && sealedWith(value) !== row.keyId)) return null;
    return row.values.map((value, index) => value && open(keyring, placeOf(table, row, index), value));
  } catch (error) {
    if (error instanceof Problem && error.code === "cannot_unseal") return null;
    throw error;
  }
}

/** What the value in one column of a row is bound to. */
export function placeOf(table: SealedTable, row: SealedRow, index: number): SealContext {
  const { id: rowId, userId, provider } = row;
  return { table: table.table, column: table.columns[index] ?? "", rowId, userId, provider };
}
