import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { stylesheets } from "../../src/views/stylesheets.ts";

const header = `/*
 * The colours of GitHub's light and dark themes, cut from @primer/primitives (MIT) down to what our pages use,
 * and what their high-contrast ones do otherwise.
 * Written by test/views/theme.test.ts; after an update of Primer: npm test -- test/views/theme.test.ts -u
 *
 * biome-ignore-all format: the values are Primer's own
 */
`;

const themes = "@primer/primitives/dist/css/functional/themes";

async function read(address: string): Promise<string> {
  return await readFile(fileURLToPath(address), "utf8");
}

/** The tokens of a theme; the file says each twice, the second time for the other colour mode. */
async function tokens(name: `${"light" | "dark"}${"" | "-high-contrast"}`): Promise<Map<string, string>> {
  const css = await read(import.meta.resolve(`${themes}/${name}.css`));
  return new Map([...css.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, token = "", value = ""]) => [token, value]));
}

function mentioned(css: string): string[] {
  return [...css.matchAll(/var\(\s*(--[\w-]+)/g)].map(([, token = ""]) => token);
}

function block(theme: Map<string, string>, used: ReadonlySet<string>): string {
  return [...used].map((token) => `  ${token}: ${theme.get(token)};\n`).join("");
}

/** What a theme has otherwise than another one. */
function changed(theme: Map<string, string>, from: Map<string, string>, used: ReadonlySet<string>): Set<string> {
  return new Set([...used].filter((token) => theme.has(token) && theme.get(token) !== from.get(token)));
}

test("the theme holds just the tokens that the linked stylesheets use, with Primer's values", async () => {
  const linked = stylesheets.filter(({ path }) => path !== "/static/theme.css");
  const sources = (await Promise.all(linked.map(({ file }) => read(file)))).join("\n");
  const [light, dark] = await Promise.all([tokens("light"), tokens("dark")]);
  const [lightMore, darkMore] = await Promise.all([tokens("light-high-contrast"), tokens("dark-high-contrast")]);
  const used = new Set(
    mentioned(sources)
      .sort()
      .filter((token) => light.has(token)),
  );
  for (const token of used) {
    for (const value of [light, dark, lightMore, darkMore].map((each) => each.get(token))) {
      for (const other of mentioned(value ?? "")) if (light.has(other)) used.add(other);
    }
  }
  const theme = [
    header,
    `:root {\n${block(light, used)}}\n\n`,
    "@media (prefers-color-scheme: dark) {\n",
    `[data-color-mode="auto"][data-dark-theme="dark"] {\n${block(dark, used)}}\n}\n\n`,
    `@media (prefers-contrast: more) {\n:root {\n${block(lightMore, changed(lightMore, light, used))}}\n}\n\n`,
    "@media (prefers-contrast: more) and (prefers-color-scheme: dark) {\n",
    `[data-color-mode="auto"][data-dark-theme="dark"] {\n${block(darkMore, changed(darkMore, dark, used))}}\n}\n`,
  ].join("");
  await expect(theme).toMatchFileSnapshot("../../src/static/theme.css");
});

test("every token in our own stylesheet is one that Primer has", async () => {
  const [ours, primitives, theme] = await Promise.all(
    ["/static/onbehalf.css", "/static/primer/primitives.css", "/static/theme.css"].map((path) =>
      read(stylesheets.find((sheet) => sheet.path === path)?.file ?? ""),
    ),
  );
  const known = `${primitives}${theme}`;
  expect(mentioned(ours ?? "").filter((token) => !known.includes(`${token}:`))).toEqual([]);
});

test("a page's styles stay below 100 kB", async () => {
  const sizes = await Promise.all(stylesheets.map(async ({ file }) => (await read(file)).length));
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(100_000);
});
