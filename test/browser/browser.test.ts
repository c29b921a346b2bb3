import { describe, test } from "vitest";
import { findChromium, startChromium } from "../harness/chromium.ts";
import { duringFile } from "../harness/during-file.ts";
import { useSample } from "../harness/sample/use-sample.ts";
import { adminJourneys } from "./admin-journeys.ts";
import { looksRight } from "./looks-right.ts";
import { pageList } from "./page-list.ts";
import { personJourneys } from "./person-journeys.ts";
import { reading } from "./reading.ts";
import { setUpJourney } from "./set-up-journey.ts";
import { type Stage, visit } from "./stage.ts";

/* One Chromium and one stack for all of it: their starts would take longer than most of these tests. */

describe.skipIf(!findChromium())("in Chromium", () => {
  const sample = useSample();
  const stage: Stage = duringFile(
    async () => ({
      chromium: await startChromium(),
      origins() {
        const { stack, google, openid, amocrm } = sample;
        return [stack.url, stack.sandbox.webUrl, google.issuer, openid.issuer, amocrm.webUrl];
      },
    }),
    ({ chromium }) => chromium.close(),
  );

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
  setUpJourney(stage);
});
