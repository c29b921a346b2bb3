import type { Page as Tab } from "playwright-core";
import { expect, test } from "vitest";
import type { Sample } from "../harness/sample/use-sample.ts";
import { faultsSeen } from "./looks-right.ts";
import { type Stage, visit } from "./stage.ts";

/** What a page is like for whoever reads it: colours, times, the keyboard. And that the checks find what is wrong. */
export function reading(stage: Stage, sample: Sample): void {
  const asMember = () => ({ from: { browser: sample.browsers.member, url: sample.stack.url } });
  const background = (tab: Tab) => tab.evaluate<string>("getComputedStyle(document.body).backgroundColor");

  test("a page follows the system: light, dark, and more contrast", () =>
    visit(
      stage,
      async (tab) => {
        await tab.goto(`${sample.stack.url}/accounts`);
        const seen = new Set<string>();
        for (const colorScheme of ["light", "dark"] as const) {
          for (const contrast of ["no-preference", "more"] as const) {
            await tab.emulateMedia({ colorScheme, contrast });
            seen.add(`${await background(tab)} ${await tab.evaluate<string>(borderColour)}`);
          }
        }
        expect(seen.size).toBe(4);
        await tab.emulateMedia({ colorScheme: "light" });
        expect(await background(tab)).toBe("rgb(255, 255, 255)");
      },
      asMember(),
    ));

  test("times are in the reader's zone, and without scripts in UTC; the exact one is in the title", async () => {
    const shown: Record<string, [text: string, title: string]> = {};
    for (const javaScriptEnabled of [true, false]) {
      await visit(
        stage,
        async (tab) => {
          await tab.goto(`${sample.stack.url}/accounts`);
          const time = tab.locator("main time").first();
          shown[String(javaScriptEnabled)] = [await time.innerText(), (await time.getAttribute("title")) ?? ""];
        },
        { ...asMember(), timezoneId: "Asia/Kolkata", javaScriptEnabled },
      );
    }
    const exact = new Date(shown.true?.[1] ?? "");
    expect(shown.true?.[1]).toBe(shown.false?.[1]);
    expect(shown.false?.[0]).toContain(`${exact.toISOString().slice(11, 16)} UTC`);
    expect(shown.true?.[0]).toContain(new Date(exact.getTime() + 5.5 * 3_600_000).toISOString().slice(11, 16));
    expect(shown.true?.[0]).toContain("GMT+5:30");
  });

  test("the first Tab leads past the navigation, and what has the focus is seen", () =>
    visit(
      stage,
      async (tab) => {
        await tab.goto(`${sample.stack.url}/permissions`);
        await tab.keyboard.press("Tab");
        const skip = tab.getByRole("link", { name: "Skip to content" });
        expect(await skip.boundingBox()).toMatchObject({ x: expect.any(Number), height: expect.any(Number) });
        expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0);
        await tab.keyboard.press("Enter");
        await tab.keyboard.press("Tab");
        const focused = await tab.evaluate<{ inMain: boolean; outline: string }>(focus);
        expect(focused.inMain).toBe(true);
        expect(focused.outline).not.toMatch(/^none|^0px/);
      },
      asMember(),
    ));

  test("what is too pale, too wide, unnamed or loaded from elsewhere is found", async () => {
    const bad = `<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1>
      <p style="color: #ddd; background: #fff">pale</p><button></button><div style="width: 500px">wide</div></main></html>`;
    await visit(stage, async (tab) => {
      await tab.setContent(bad);
      expect(await faultsSeen(tab)).toEqual([
        expect.stringMatching(/in light at 1280 px: button-name/),
        expect.stringMatching(/in light at 1280 px: color-contrast/),
        expect.stringMatching(/in dark at 360 px: it is 5\d\d px wide/),
        expect.stringMatching(/in dark at 360 px: <div/),
        expect.stringMatching(/in dark at 360 px: color-contrast/),
      ]);
    });
    const strange = visit(stage, async (tab) => {
      await tab.goto(sample.stack.url);
      await tab.evaluate(
        "new Image().src = 'https://elsewhere.example/x.png'; document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))",
      );
    });
    await expect(strange).rejects.toThrow("Content Security Policy");
  });
}

const borderColour = `getComputedStyle(document.querySelector(".Box")).borderTopColor`;
const focus = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return { inMain: Boolean(document.activeElement.closest("main")), outline: outlineStyle + " " + outlineWidth };
})()`;
