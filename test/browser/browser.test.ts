import { describe, test } from "vitest";
import { findChromium, startChromium } from "../harness/chromium.ts";
import { duringFile } from "../harness/during-file.ts";
import { useSample } from "../harness/sample/use-sample.ts";
import { looksRight } from "./looks-right.ts";
import { pageList } from "./page-list.ts";
import { type Stage, visit } from "./stage.ts";

/* One Chromium and one stack for all of it: their starts would take longer than most of these tests. */

describe.skipIf(!findChromium())("in Chromium", () => {
  const sample = useSample();
  const stage: Stage = duringFile(
    async () => ({
      chromium: await startChromium(),
      origins: () => [
        sample.stack.url,
        sample.stack.sandbox.webUrl,
        sample.google.issuer,
        sample.openid.issuer,
        sample.amocrm.webUrl,
      ],
    }),
    ({ chromium }) => chromium.close(),
  );

  test.each(pageList)("$name is right for every eye and at every width", async ({ as, path }) => {
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
});
