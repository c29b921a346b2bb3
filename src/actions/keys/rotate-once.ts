import type { Keyring } from "../../crypto/keyring.ts";
import type { Database } from "../../store/database.ts";
import { nextKey } from "../../store/sealed/next-key.ts";
import { readSealed } from "../../store/sealed/read-sealed.ts";
import { resealRows } from "../../store/sealed/reseal-rows.ts";
import { sealedColumns } from "../../store/sealed-columns.ts";
import { type Unopened, UnopenedRows } from "./unopened-rows.ts";

export interface Pass {
  resealed: number;
  /** Rows that something else changed or had locked meanwhile: the next round finds them, if need be. */
  missed: number;
  unopened: Unopened;
  /** The keys that it found beside the first one. */
  keyIds: string[];
}

/** More at once are hardly faster, and leave more behind for the garbage collector. */
const usualBatchRows = 200;

/**
 * Comes once past every row that another key than the first one seals. The next batch is read while one is written.
 * @param onResealed told how many are done
 */
export async function rotateOnce(
  deps: { database: Database; keyring: Keyring },
  options: { stop: AbortSignal; batchRows?: number },
  onResealed: (rows: number) => void,
): Promise<Pass> {
  const { database, keyring } = deps;
  const { stop, batchRows = usualBatchRows } = options;
  const unopened = new UnopenedRows();
  const found = { resealed: 0, missed: 0, keyIds: new Set<string>() };
  for (const table of sealedColumns) {
    let keyId: string | null = null;
    while (!stop.aborted) {
      keyId = await nextKey(database, table, { after: keyId, except: keyring.activeId });
      if (keyId === null) break;
      found.keyIds.add(keyId);
      const read = (after: string | null) =>
        readSealed(database, table, { keyId: keyId ?? "", after, rows: batchRows });
      for (let rows = await read(null); rows.length > 0 && !stop.aborted; ) {
        const [next, written] = await Promise.all([read(rows.at(-1)?.id ?? null), resealRows(deps, table, rows)]);
        found.resealed += written.resealed;
        found.missed += written.missed;
        unopened.add(table, written.unopened);
        onResealed(found.resealed);
        rows = next;
      }
    }
  }
  return { ...found, keyIds: [...found.keyIds], unopened: unopened.listed() };
}
