import { expect } from "vitest";
import { z } from "zod";
import type { Clone } from "../clone.ts";
import type { Steps } from "./steps.ts";

export function connect({ copied, done, followLink }: Clone): Steps {
  return {
    "npm run -s onbehalf -- providers check": async (command) =>
      expect(await done(command)).toContain("callback URL to register: http"),
    "curl -sS -X PUT http://127.0.0.1:3000/api/v1/users/ext.staff-8": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ external_id: "staff-8", status: "active" }),
    "curl -sS http://127.0.0.1:3000/api/v1/users/ext.staff-8/connect-links": async (command) => {
      const { url: link } = z.object({ url: z.string() }).parse(JSON.parse(await done(command)));
      const { origin, pathname, searchParams } = await followLink(link);
      expect(origin + pathname).toBe("https://app.example.com/connected");
      copied.CONNECT_CODE = searchParams.get("connect_code") ?? "";
    },
    "curl -sS http://127.0.0.1:3000/api/v1/users/ext.staff-8/connect-completions": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ login: "grace", state: "active" }),
  };
}
