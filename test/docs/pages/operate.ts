import { expect } from "vitest";
import type { Clone } from "../clone.ts";
import type { Steps } from "./steps.ts";

export function operate({ done }: Clone): Steps {
  return {
    "npm run -s onbehalf -- migrate": async (command) =>
      expect(await done(command)).toBe("The database is up to date."),
    "npm run -s onbehalf -- keys status": async (command) =>
      expect(await done(command)).toMatch(/^key +configured .*\nk\w+ +seals +matches /),
    "npm run -s onbehalf -- keys rotate": async (command) =>
      expect(await done(command)).toMatch(/^Nothing to do: key "k\w+" seals everything/),
    "npm run -s onbehalf -- keys verify": async (command) =>
      expect(await done(command)).toMatch(/^([1-9]\d*) of \1 sealed rows open\.$/),
    "curl -sS http://127.0.0.1:3000/readyz": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ status: "ready" }),
    "npm run -s onbehalf -- audit --json": async (command) => {
      const events: unknown[] = (await done(command)).split("\n").map((line) => JSON.parse(line));
      expect(events).toContainEqual(
        expect.objectContaining({ action: "commit", result: "succeeded", bot: "deploy-bot", login: "ada" }),
      );
    },
    "npm run -s onbehalf -- deliveries list": async (command) =>
      expect(await done(command)).toBe("Every delivery was handled."),
    "npm run -s onbehalf -- deliveries retry": async (command) => expect(await done(command)).toBe("Handled again: 0."),
    "npm run -s onbehalf -- users deactivate": async (command) =>
      expect(await done(command)).toBe("Deactivated. No authorisation of theirs is left."),
    "npm run -s onbehalf -- bots revoke": async (command) => expect(await done(command)).toBe("Revoked deploy-bot."),
    "npm run -s onbehalf -- tombstones lift": async (command) =>
      expect(await done(command)).toMatch(/^Lifted: [\da-f-]{36} is active again, with nothing connected/),
    "npm run -s onbehalf -- users erase": async (command) =>
      expect(await done(command)).toBe("Erased. No authorisation of theirs is left."),
  };
}
