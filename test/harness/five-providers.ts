import { beforeAll } from "vitest";
import { type AmocrmSandbox, startAmocrm } from "../../sandbox/amocrm/index.ts";
import type { OpenidProvider } from "../../sandbox/openid/index.ts";
import type { Environment } from "../../src/config/read-config.ts";
import { amocrmEnvironment, registerAtAmocrm } from "./amocrm.ts";
import { duringFile } from "./during-file.ts";
import { type FileProviders, useFileProviders } from "./file-providers.ts";
import { googleEnvironment, registerAtGoogle, startGoogle } from "./google.ts";

export interface FiveProviders extends FileProviders {
  google: OpenidProvider;
  amocrm: AmocrmSandbox;
}

/** A stack with everything that can be connected: both Apps of GitHub, Google, amoCRM, and two entries of a file. */
export function useFiveProviders(environment: () => Environment = () => ({})): FiveProviders {
  const google = duringFile(
    () => startGoogle(),
    (sandbox) => sandbox.close(),
  );
  const amocrm = duringFile(
    () => startAmocrm(),
    (sandbox) => sandbox.close(),
  );
  const file = useFileProviders({
    lite: true,
    environment: () => ({ ...googleEnvironment(google), ...amocrmEnvironment(amocrm), ...environment() }),
  });
  const five: FiveProviders = Object.create(null);
  beforeAll(() => {
    registerAtGoogle(google, file.stack);
    registerAtAmocrm(amocrm, file.stack);
    Object.assign(five, { ...file, google, amocrm });
  });
  return five;
}
