import { startChromium } from "../harness/chromium.ts";
import { duringFile } from "../harness/during-file.ts";
import type { Sample } from "../harness/sample/use-sample.ts";
import type { Stage } from "./stage.ts";

/** A Chromium for all of a file, which may ask onbehalf and the sandboxes of the sample. */
export function useStage(sample: Sample): Stage {
  return duringFile(
    async () => ({
      chromium: await startChromium(),
      origins() {
        const { stack, google, openid, amocrm } = sample;
        return [stack.url, stack.sandbox.webUrl, google.issuer, openid.issuer, amocrm.webUrl];
      },
    }),
    ({ chromium }) => chromium.close(),
  );
}
