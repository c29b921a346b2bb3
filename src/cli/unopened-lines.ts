import type { Unopened } from "../actions/keys/unopened-rows.ts";
import { harmless } from "./command.ts";

/** What does not open, a line each, and what can be done. */
export function unopenedLines({ count, rows }: Unopened): string[] {
  if (count === 0) return [];
  const more = count - rows.length;
  return [
    `${count} ${count === 1 ? "row does" : "rows do"} not open, and ${count === 1 ? "was" : "were"} left as ` +
      `${count === 1 ? "it is" : "they are"}:`,
    ...rows.map(({ table, id, key }) => harmless(`  ${table} ${id} (key "${key}")`)),
    ...(more > 0 ? [`  and ${more} more`] : []),
    "Its key is not configured, or it was altered or moved: put the key back, restore the row from a backup, or, for",
    "an account, have its person connect again.",
  ];
}
