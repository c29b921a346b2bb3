import type { BrowserContext, BrowserContextOptions, Browser as Chromium, Page as Tab } from "playwright-core";
import type { Browser } from "../harness/browser.ts";
import { watchFaults } from "./watch-faults.ts";

/** What the tests with a real browser share. */
export interface Stage {
  chromium: Chromium;
  /** Of onbehalf and of the sandboxes: whoever else is asked for something fails the test. */
  origins(): readonly string[];
}

/**
 * A visit in a context of its own, with nothing of earlier visits, and at the end the test that no page did what it may
 * not do.
 * @param how.from a browser whose cookies it goes on with, for one server
 */
export async function visit(
  stage: Stage,
  work: (tab: Tab, context: BrowserContext) => Promise<void>,
  how: BrowserContextOptions & { from?: { browser: Browser; url: string } } = {},
): Promise<void> {
  const { from, ...options } = how;
  const context = await stage.chromium.newContext({ reducedMotion: "reduce", ...options });
  try {
    const faults = watchFaults(context, stage.origins());
    if (from) await context.addCookies(cookiesOf(from.browser, from.url));
    await work(await context.newPage(), context);
    if (faults.length > 0) throw new Error(faults.join("\n"));
  } finally {
    await context.close();
  }
}

function cookiesOf(browser: Browser, url: string): { name: string; value: string; url: string }[] {
  const pairs = browser.cookies(url).split("; ");
  return pairs.filter(Boolean).map((pair) => {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    return { name, value, url };
  });
}
