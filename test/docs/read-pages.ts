import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A page that readers are given, by its path from the root. */
export async function readPage(page: string): Promise<string> {
  return await readFile(join(root, page), "utf8");
}

/** The README and the pages of docs/ (not the notes in docs/facts/), sorted. */
export async function pagesForReaders(): Promise<string[]> {
  const pages = ["README.md"];
  for await (const page of glob("docs/*.md", { cwd: root })) pages.push(page);
  return pages.sort();
}
