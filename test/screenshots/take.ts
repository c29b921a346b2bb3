import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page as Tab } from "playwright-core";
import { expect, test } from "vitest";
import { pageList } from "../browser/page-list.ts";
import { visit } from "../browser/stage.ts";
import { useStage } from "../browser/use-stage.ts";
import { walkSetUp } from "../browser/walk-set-up.ts";
import { useSample } from "../harness/sample/use-sample.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Not in git. */
const all = join(root, "screenshots");
const ofReadme = join(root, "docs/screenshots");
/** Those that the README shows, as a reader's window of usual size does. */
const inReadme = ["accounts", "activity"];

const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: "light", viewport: { width: 360, height: 800 } },
};

const sample = useSample();
const stage = useStage(sample);

async function picture(tab: Tab, name: string, look: string): Promise<void> {
  await tab.screenshot({ path: join(all, `${name}-${look}.png`), fullPage: true });
}

test.each(Object.keys(looks))("every page, %s", async (look) => {
  await mkdir(all, { recursive: true });
  const { url } = sample.stack;
  for (const { name, as, path } of pageList) {
    await visit(
      stage,
      async (tab) => {
        await tab.goto(`${url}${path(sample)}`);
        await picture(tab, name, look);
      },
      { ...looks[look], from: { browser: sample.browsers[as], url } },
    );
  }
  await walkSetUp(stage, (tab, name) => picture(tab, name, look), looks[look]);
});

test("those of the README", async () => {
  await mkdir(ofReadme, { recursive: true });
  const { url } = sample.stack;
  for (const name of inReadme) {
    const page = pageList.find((one) => one.name === name);
    if (!page) throw new Error(`there is no page ${name}`);
    await visit(
      stage,
      async (tab) => {
        await tab.goto(`${url}${page.path(sample)}`);
        const file = await tab.screenshot({ path: join(ofReadme, `${name}.png`) });
        expect(file.length).toBeLessThan(150_000);
      },
      {
        colorScheme: "light",
        viewport: { width: 1000, height: 1290 },
        deviceScaleFactor: 0.8,
        from: { browser: sample.browsers[page.as], url },
      },
    );
  }
});
