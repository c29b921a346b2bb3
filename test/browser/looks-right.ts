import axe, { type AxeResults } from "axe-core";
import type { Page as Tab } from "playwright-core";
import { expect } from "vitest";

const phone = { width: 360, height: 800 };
const desk = { width: 1280, height: 900 };
const wide = { width: 1600, height: 900 };

/**
 * The page that a tab shows, in light on a desk and in dark on a phone: axe finds nothing, and nothing has to be scrolled
 * sideways.
 */
export async function looksRight(tab: Tab): Promise<void> {
  // Evaluated by the debugger, which no Content-Security-Policy holds; the page itself loads nothing of it.
  await tab.evaluate(axe.source);
  for (const [colorScheme, size] of [
    ["light", desk],
    ["dark", phone],
  ] as const) {
    await tab.emulateMedia({ colorScheme });
    await tab.setViewportSize(size);
    expect(await overflow(tab), `${tab.url()} at ${size.width} px`).toEqual([]);
    expect(await violations(tab), `${tab.url()} in ${colorScheme}`).toEqual([]);
  }
  await tab.setViewportSize(wide);
  expect(await overflow(tab), `${tab.url()} at ${wide.width} px`).toEqual([]);
}

/** What reaches beyond the right edge, where the page can be scrolled there. */
const overflowing = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const beyond = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
  return [scrollWidth + " px", ...beyond.map((element) => element.outerHTML.slice(0, 100))];
})()`;

const overflow = (tab: Tab) => tab.evaluate<string[]>(overflowing);

async function violations(tab: Tab): Promise<string[]> {
  // A colour that is still changing has no contrast to measure.
  await tab.evaluate("document.getAnimations().forEach((animation) => animation.finish())");
  const found = await tab.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${html}\n${failureSummary}`),
  );
}
