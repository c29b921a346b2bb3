import axe, { type AxeResults } from "axe-core";
import type { Page as Tab } from "playwright-core";
import { expect } from "vitest";

const phone = { width: 360, height: 800 };
const desk = { width: 1280, height: 900 };
/** What the colours or the width can change; of everything else axe would say the same twice. */
const ofLooks = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];
const wide = { width: 1600, height: 900 };

/** Fails for a page with something that {@link faultsSeen} finds. */
export async function looksRight(tab: Tab): Promise<void> {
  expect(await faultsSeen(tab)).toEqual([]);
}

/**
 * What is wrong with the page that a tab shows: what axe finds in light on a desk and in dark on a phone, and what has to
 * be scrolled sideways.
 */
export async function faultsSeen(tab: Tab): Promise<string[]> {
  const faults: string[] = [];
  // Evaluated by the debugger, which no Content-Security-Policy holds; the page itself loads nothing of it.
  await tab.evaluate(axe.source);
  for (const [colorScheme, size, rules] of [
    ["light", desk, null],
    ["dark", phone, ofLooks],
    ["dark", wide, []],
  ] as const) {
    await tab.emulateMedia({ colorScheme });
    await tab.setViewportSize(size);
    const found = [...(await tab.evaluate<string[]>(overflowing)), ...(await violations(tab, rules))];
    faults.push(...found.map((fault) => `${tab.url()} in ${colorScheme} at ${size.width} px: ${fault}`));
  }
  return faults;
}

/** What reaches beyond the right edge, where the page can be scrolled there. */
const overflowing = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const beyond = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
  return ["it is " + scrollWidth + " px wide", ...beyond.map((element) => element.outerHTML.slice(0, 100))];
})()`;

/** @param rules null: all of them */
async function violations(tab: Tab, rules: readonly string[] | null): Promise<string[]> {
  if (rules?.length === 0) return [];
  // A colour that is still changing has no contrast to measure.
  await tab.evaluate("document.getAnimations().forEach((animation) => animation.finish())");
  const found = await tab.evaluate<AxeResults>(
    `axe.run(document, ${JSON.stringify({ resultTypes: ["violations"], ...(rules && { runOnly: rules }) })})`,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${html}\n${failureSummary}`),
  );
}
