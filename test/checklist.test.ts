import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A test's or group's name that starts with a row's number, wherever its table of cases ends. */
const numbered = /(?:\b(?:test|describe)(?:\.\w+)*\(|\)\()\s*["'`](\d\d) \S/g;

/** The rows that tests are named by, and where. */
async function namedRows(): Promise<Map<number, string[]>> {
  const found = new Map<number, string[]>();
  for await (const file of glob("test/**/*.ts", { cwd: root })) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, number] of text.matchAll(numbered)) {
      found.set(Number(number), [...(found.get(Number(number)) ?? []), file]);
    }
  }
  return found;
}

test("each row of the security checklist has a test whose name starts with its number", async () => {
  const checklist = await readFile(join(root, "docs/facts/oauth-checklist.md"), "utf8");
  const rows = [...checklist.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
  expect(rows).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  const named = await namedRows();
  expect(rows.filter((row) => !named.has(row))).toEqual([]);
});
