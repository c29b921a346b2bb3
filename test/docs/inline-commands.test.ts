import { glob, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { benchmarks } from "../../bench/benchmarks.ts";
import { pagesForReaders, readPage, root } from "./read-pages.ts";

const pages = [...(await pagesForReaders()), "CONTRIBUTING.md"];

/** What stands between backticks within a sentence, such as `keys rotate`. */
async function inline(page: string): Promise<string[]> {
  const sentences = (await readPage(page)).replaceAll(/^```.*\n(?:.*\n)*?^```$/gm, "");
  return [...sentences.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** The command line's words, each group with its verbs, as src/cli declares them. */
async function commandLine(): Promise<{ groups: string[]; words: string[] }> {
  const declared: string[][] = [];
  for await (const file of glob("src/cli/*.ts", { cwd: root })) {
    const text = await readFile(`${root}/${file}`, "utf8");
    declared.push([...text.matchAll(/\.command\("([\w-]+)/g)].map(([, word = ""]) => word));
  }
  return { groups: declared.flatMap(([first = ""]) => first), words: declared.flat() };
}

test("what a sentence says to run with npm is a script, and a benchmark is one that there is", async () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readPage("package.json")));
  const unknown: string[] = [];
  let seen = 0;
  for (const page of pages) {
    for (const code of await inline(page)) {
      const [, script = ""] = /^npm run (?:-s )?([\w-]+)/.exec(code) ?? [];
      const [, benchmark = "NAME"] = /^npm run bench -- ([\w-]+)/.exec(code) ?? [];
      if (script === "") continue;
      seen += 1;
      const known = script in scripts && (benchmark === "NAME" || benchmark in benchmarks);
      if (!known) unknown.push(`${page}: ${code}`);
    }
  }
  expect(unknown).toEqual([]);
  expect(seen).toBeGreaterThan(15);
});

test("a command that a sentence names is one of the command line", async () => {
  const { groups, words } = await commandLine();
  const unknown: string[] = [];
  let seen = 0;
  for (const page of pages) {
    for (const code of await inline(page)) {
      const [, spelled, rest = ""] = /^(npm run -s onbehalf -- |onbehalf )?(.*)$/.exec(code) ?? [];
      const [group = "", verb = ""] = rest.split(" ");
      if (!spelled && !(groups.includes(group) && /^[a-z]/.test(verb))) continue;
      if (group === "COMMAND") continue;
      seen += 1;
      const known = words.includes(group) && (!/^[a-z]/.test(verb) || words.includes(verb));
      if (!known) unknown.push(`${page}: ${code}`);
    }
  }
  expect(unknown).toEqual([]);
  expect(seen).toBeGreaterThan(15);
});
