import { z } from "zod";

/** How many entries a page of a list may have. */
export const pageLimit = z.coerce
  .number({ error: "give a whole number" })
  .int({ error: "give a whole number" })
  .min(1, { error: "give 1 to 1000" })
  .max(1000, { error: "give 1 to 1000" })
  .default(100)
  .describe("How many entries a page has at the most.");

/** Where a list goes on. */
export const nextPageAddress = z.url().optional().describe("The next page's address. Missing on the last page.");

/**
 * The address of a list's next page: the one that was asked for, going on after an entry.
 * @param query as the caller sent it
 */
export function nextPage(
  deps: { publicUrl: string },
  list: { path: string; query: Record<string, string | number | undefined>; after: string },
): string {
  const url = new URL(list.path, deps.publicUrl);
  for (const [name, value] of Object.entries(list.query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  url.searchParams.set("after", list.after);
  return url.href;
}

/** Parts a page from the one entry more that was read to see whether there is a next one. */
export function cutPage<Entry>(entries: readonly Entry[], limit: number): { items: Entry[]; last: Entry | null } {
  const items = entries.slice(0, limit);
  return { items, last: entries.length > limit ? (items.at(-1) ?? null) : null };
}
