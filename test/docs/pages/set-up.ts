import { expect } from "vitest";
import { Browser } from "../../harness/browser.ts";
import type { Clone } from "../clone.ts";
import type { Steps } from "./steps.ts";

export function setUp(clone: Clone): Steps {
  const { copied, done, machine, read, start, stop, type } = clone;
  return {
    "npm start": async (command) => {
      const link = await start(command, /http:\S+\/setup\?token=\S+(?=\n)/, machine);
      expect(await new Browser().open(link)).toMatchObject({ status: 200 });
      await stop();
    },
    // test/setup answers the questions.
    "npm run -s onbehalf -- setup": async (command) =>
      expect((await type(command, machine)).err).toContain("What do browsers reach this onbehalf at?"),
    "cp .env.example .env && chmod 600 .env": async (command) => {
      await done(command);
      expect(await read(".env")).toContain("APP_ID=");
    },
    "npm run -s onbehalf -- keys generate": async (command) => {
      copied.ENCRYPTION_KEYS = await done(command);
      expect(copied.ENCRYPTION_KEYS).toMatch(/^[\w-]+:[A-Za-z0-9+/]{43}=$/);
    },
    "node_modules/.bin/node src/main.ts start": async (command) => {
      await start(command, /onbehalf is listening/);
      await clone.connectAda();
    },
    "npm run -s onbehalf -- doctor": async (command) => expect(await done(command)).toContain(" 0 failures"),
  };
}
