import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ghInstalled } from "../harness/gh-client.ts";
import { type Clone, makeClone } from "./clone.ts";
import { blocksIn, type Runnable, runnableIn } from "./fenced-blocks.ts";
import { act, needsGh } from "./pages/act.ts";
import { connect } from "./pages/connect.ts";
import { operate } from "./pages/operate.ts";
import { platform } from "./pages/platform.ts";
import { setUp } from "./pages/set-up.ts";
import type { Steps } from "./pages/steps.ts";
import { pagesForReaders, readPage } from "./read-pages.ts";

/** The pages with something to run, in the order in which one onbehalf goes through all of them. */
const walked: Record<string, (clone: Clone) => Steps> = {
  "docs/set-up.md": setUp,
  "docs/act.md": act,
  "docs/platform.md": platform,
  "docs/connect.md": connect,
  "docs/operate.md": operate,
};

/** Run by .ci/run, under these names. */
const inCi = ["npm ci && npm run demo -- --once --json", "npm ci && npm test"];

/** What a test of its own takes from the page and runs, by how it begins. */
const runElsewhere: Record<string, string> = {
  "pg_dump ": "test/deploy/backup.test.ts",
  "pg_restore ": "test/deploy/backup.test.ts",
};

/** What no test runs, by how it begins, and why. */
const notRun: Record<string, string> = {
  "docker compose ": "where tests run there is no Docker; test/deploy/container.test.ts does what the Dockerfile says",
};

/** Blocks that nobody types: what is printed, sent, or written into a file. */
const shown = ["text", "json", "yaml"];

const pages = new Map<string, string>();
for (const page of await pagesForReaders()) pages.set(page, await readPage(page));
const onPage = (page: string): Runnable[] => runnableIn(page, pages.get(page) ?? "");
const story = Object.keys(walked).flatMap(onPage);

/** The longest of these beginnings that a text has. */
function beginning(text: string, starts: string[]): string | undefined {
  return starts.filter((start) => text.startsWith(start)).sort((one, other) => other.length - one.length)[0];
}

describe("what the pages say to run", () => {
  let clone: Clone;
  beforeAll(async () => {
    clone = await makeClone();
  });
  afterAll(async () => {
    await clone.close();
  });

  test("stands in blocks whose language says so", () => {
    for (const [page, markdown] of pages) {
      const others = blocksIn(markdown).filter(({ language }) => !["sh", "js", ...shown].includes(language));
      expect(others, page).toEqual([]);
    }
  });

  test("is run by .ci/run or below, or its reason is listed", async () => {
    const ci = await readPage(".ci/run");
    for (const step of inCi.flatMap((command) => command.split(" && "))) {
      expect(ci).toMatch(new RegExp(`^(run )?${step}( |$)`, "m"));
    }
    for (const file of Object.values(runElsewhere)) expect(await readPage(file)).toMatch(/docs\/[\w-]+\.md/);
    const others = [...inCi, ...Object.keys(runElsewhere), ...Object.keys(notRun)];
    const unknown: string[] = [];
    const used = new Set<string>();
    for (const page of pages.keys()) {
      const steps = Object.keys(walked[page]?.(clone) ?? {});
      const known = [...steps, ...others];
      for (const { text } of onPage(page)) {
        const start = beginning(text, known);
        if (start !== undefined) used.add(start);
        // The README's short form is taken from the pages, word by word.
        else if (page !== "README.md" || !story.some((each) => each.text === text)) unknown.push(`${page}: ${text}`);
      }
      expect(
        steps.filter((start) => !used.has(start)),
        page,
      ).toEqual([]);
    }
    expect(unknown).toEqual([]);
    expect(others.filter((start) => !used.has(start))).toEqual([]);
  });

  test("comes in the README in the order in which it is run", () => {
    const places = onPage("README.md")
      .filter(({ text }) => !inCi.includes(text) && beginning(text, Object.keys(notRun)) === undefined)
      .map(({ text }) => story.findIndex((each) => each.text === text));
    expect(places).toEqual([...places].sort((one, other) => one - other));
  });

  test("does what it says, in its order", { timeout: 120_000 }, async () => {
    for (const [page, stepsOf] of Object.entries(walked)) {
      const steps = stepsOf(clone);
      for (const { text } of onPage(page)) {
        const start = beginning(text, Object.keys(steps));
        if (start === undefined || (needsGh.includes(start) && !ghInstalled)) continue;
        await steps[start]?.(text);
      }
    }
    await clone.stop();
  });
});
