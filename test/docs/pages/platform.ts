import { expect } from "vitest";
import type { Clone } from "../clone.ts";
import type { Steps } from "./steps.ts";

export function platform({ connectAda, copied, done, sandbox }: Clone): Steps {
  return {
    "npm run -s onbehalf -- bots create host": async (command) => {
      copied.ONBEHALF_PLATFORM_KEY = await done(command);
      expect(copied.ONBEHALF_PLATFORM_KEY).toMatch(/^ob_[\w-]{43}$/);
    },
    "curl -sS -X PUT http://127.0.0.1:3000/api/v1/users/ext.staff-7": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ external_id: "staff-7", status: "active" }),
    "curl -sS http://127.0.0.1:3000/api/v1/users/gh.583231/accounts": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ items: [{ login: "ada", has_token: true }] }),
    'curl -sS "http://127.0.0.1:3000/api/v1/delegations?user=gh.583231"': async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ items: [{ bot: "deploy-bot" }] }),
    'curl -sS "http://127.0.0.1:3000/api/v1/audit-events?user=gh.583231&action=commit"': async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({
        items: expect.arrayContaining([expect.objectContaining({ bot: "deploy-bot", login: "ada" })]),
      }),
    "curl -sS -X DELETE http://127.0.0.1:3000/api/v1/users/gh.583231/accounts/github": async (command) => {
      expect(JSON.parse(await done(command))).toEqual({ revocations: "done" });
      expect(sandbox.grants()).toEqual([]);
    },
    "curl -sS -X POST http://127.0.0.1:3000/api/v1/users/ext.staff-7/deactivate": async (command) =>
      expect(JSON.parse(await done(command))).toEqual({ revocations: "done" }),
    "curl -sS -X DELETE http://127.0.0.1:3000/api/v1/users/ext.staff-7": async (command) =>
      expect(JSON.parse(await done(command))).toEqual({ revocations: "done" }),
    "npm run -s onbehalf -- events list": async (command) =>
      expect(await done(command)).toMatch(/^No event waits to be sent/),
    "npm run -s onbehalf -- events retry": async (command) => expect(await done(command)).toBe("Sent again: 0."),
    "curl -sS -X PUT http://127.0.0.1:3000/api/v1/repositories": async (command) => {
      await connectAda(); // her account was ended above
      expect(JSON.parse(await done(command))).toMatchObject({ repository: "acme/site", every: 3600 });
    },
    "curl -sS http://127.0.0.1:3000/api/v1/repositories": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ items: [{ repository: "acme/site" }] }),
  };
}
