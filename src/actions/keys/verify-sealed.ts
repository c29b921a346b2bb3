import type { Keyring } from "../../crypto/keyring.ts";
import type { Database } from "../../store/database.ts";
import { countSealed } from "../../store/sealed/count-sealed.ts";
import { openRow } from "../../store/sealed/open-row.ts";
import { readSealed } from "../../store/sealed/read-sealed.ts";
import { sealedColumns } from "../../store/sealed-columns.ts";
import { type Unopened, UnopenedRows } from "./unopened-rows.ts";

export interface Verification {
  /** How many rows were opened, or were tried. */
  rows: number;
  unopened: Unopened;
  /** It was asked to stop before it had seen everything. */
  stopped: boolean;
}

const batchRows = 500;

/**
 * Opens everything that is sealed, in batches, and forgets it at once. Rows are taken in the order of their ids, so
 * that none is passed over which is sealed anew meanwhile.
 */
export async function verifySealed(
  deps: { database: Database; keyring: Keyring },
  options: { stop: AbortSignal; onProgress(done: number, total: number): void },
): Promise<Verification> {
  const { database, keyring } = deps;
  const { stop } = options;
  const total = (await countSealed(database)).reduce((sum, { rows }) => sum + rows, 0);
  const unopened = new UnopenedRows();
  let done = 0;
  for (const table of sealedColumns) {
    for (let after: string | null = null; !stop.aborted; ) {
      const rows = await readSealed(database, table, { after, rows: batchRows });
      if (rows.length === 0) break;
      unopened.add(
        table,
        rows.filter((row) => !openRow(keyring, table, row)),
      );
      done += rows.length;
      after = rows.at(-1)?.id ?? null;
      options.onProgress(done, Math.max(total, done));
    }
  }
  return { rows: done, unopened: unopened.listed(), stopped: stop.aborted };
}
