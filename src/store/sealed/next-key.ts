import type { Queryable } from "../database.ts";
import type { SealedTable } from "../sealed-columns.ts";

/**
 * The next key, in the order of their ids, that seals anything in a table, passing over one of them without looking at
 * each of its rows.
 * @param search.after null: from the first one
 */
export async function nextKey(
  database: Queryable,
  table: SealedTable,
  search: { after: string | null; except: string },
): Promise<string | null> {
  const { rows } = await database.query<{ id: string | null }>({
    text: `SELECT coalesce(
        (SELECT min(key_id) FROM ${table.table} WHERE key_id > $1 AND key_id < $2),
        (SELECT min(key_id) FROM ${table.table} WHERE key_id > greatest($1, $2))) AS id`,
    values: [search.after ?? "", search.except],
  });
  return rows[0]?.id ?? null;
}
