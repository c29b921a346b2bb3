import { describe, expect, test } from "vitest";
import { findChromium } from "../harness/chromium.ts";
import { useSample } from "../harness/sample/use-sample.ts";
import { adminJourneys } from "./admin-journeys.ts";
import { looksRight } from "./looks-right.ts";
import { pageList } from "./page-list.ts";
import { personJourneys } from "./person-journeys.ts";
import { reading } from "./reading.ts";
import { visit } from "./stage.ts";
import { useStage } from "./use-stage.ts";
import { walkSetUp } from "./walk-set-up.ts";

/* One Chromium and one stack for all of it: their starts would take longer than most of these tests. */

describe.skipIf(!findChromium())("in Chromium", () => {
  const sample = useSample();
  const stage = useStage(sample);

  test.each(pageList)("the page $name is right for every eye and at every width", async ({ as, path }) => {
    const { url } = sample.stack;
    await visit(
      stage,
      async (tab) => {
        await tab.goto(`${url}${path(sample)}`);
        await looksRight(tab);
      },
      { from: { browser: sample.browsers[as], url } },
    );
  });

  personJourneys(stage, sample);
  adminJourneys(stage, sample);
  reading(stage, sample);

  test("an operator follows the link, has GitHub create the app, and starts onbehalf", async () => {
    expect(await walkSetUp(stage, looksRight)).toBe(1);
  });
});
