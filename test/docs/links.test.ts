import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { pagesForReaders, readPage, root } from "./read-pages.ts";

const pages = [...(await pagesForReaders()), "CONTRIBUTING.md", "CHANGELOG.md", "sandbox/README.md"];

/** A page without what is shown as it stands: blocks and code, where brackets are no links. */
function prose(markdown: string): string {
  return markdown
    .replaceAll(/^```.*\n(?:.*\n)*?^```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, (code) => "`".repeat(code.length));
}

/** The anchors that GitHub gives a page's headings. */
function anchorsOf(markdown: string): string[] {
  const text = markdown.replaceAll(/^```.*\n(?:.*\n)*?^```$/gm, "");
  const taken = new Map<string, number>();
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => {
    const anchor = heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    const before = taken.get(anchor) ?? 0;
    taken.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** Where the links of a page lead within the repository. */
function targetsIn(markdown: string): string[] {
  const links = [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return links.filter((target) => !/^[a-z]+:/.test(target));
}

describe.each(pages)("the links of %s", (page) => {
  test("lead to files and headings that there are", async () => {
    const markdown = await readPage(page);
    const dead: string[] = [];
    for (const target of targetsIn(markdown)) {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : normalize(join(dirname(page), path));
      if (file.startsWith("..") || !existsSync(join(root, file))) dead.push(target);
      else if (anchor !== undefined && !anchorsOf(await readPage(file)).includes(anchor)) dead.push(target);
    }
    expect(dead).toEqual([]);
  });
});

test("every page of docs/ is linked from the README", async () => {
  const linked = targetsIn(await readPage("README.md")).map((target) => target.split("#")[0]);
  const own = (await pagesForReaders()).filter((page) => page !== "README.md");
  expect(own.filter((page) => !linked.includes(page))).toEqual([]);
});
