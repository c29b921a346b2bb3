import type { SealedRow } from "../../store/sealed/read-sealed.ts";
import type { SealedTable } from "../../store/sealed-columns.ts";

/** A row that does not open: where it is, and nothing of what is in it. */
export interface UnopenedRow {
  table: string;
  id: string;
  /** The key that the row says it was sealed with. */
  key: string;
}

export interface Unopened {
  count: number;
  /** The first of them. */
  rows: UnopenedRow[];
}

const mostListed = 1_000;

/** Counts rows that don't open and remembers the first of them: all could be too many, as with a key that was lost. */
export class UnopenedRows {
  readonly #found: Unopened = { count: 0, rows: [] };

  add({ table }: SealedTable, rows: readonly SealedRow[]): void {
    this.#found.count += rows.length;
    const room = mostListed - this.#found.rows.length;
    this.#found.rows.push(...rows.slice(0, room).map(({ id, keyId }) => ({ table, id, key: keyId })));
  }

  listed(): Unopened {
    return this.#found;
  }
}
