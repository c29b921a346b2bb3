import { expect } from "vitest";
import type { Clone } from "../clone.ts";
import type { Steps } from "./steps.ts";

/** Hands deliveries to a Probot app, signed as GitHub does. */
const play = `
import { Probot } from "probot";
import app from "./probot-app.mjs";

const { APP_ID: appId, PRIVATE_KEY: privateKey, WEBHOOK_SECRET: secret, GITHUB_API_URL: baseUrl } = process.env;
const probot = new Probot({ appId, privateKey, secret, baseUrl, logLevel: "fatal" });
await probot.load(app);
for (const [id, name, payload] of JSON.parse(process.env.DELIVERIES)) {
  await probot.webhooks.verifyAndReceive({ id, name, payload, signature: await probot.webhooks.sign(payload) });
}
`;

export function act(clone: Clone): Steps {
  const { branches, copied, done, exportVariables, lastCommit, read, sandbox, save } = clone;

  return {
    "npm run -s onbehalf -- bots create deploy-bot": async (command) => {
      copied.ONBEHALF_KEY = await done(command);
      expect(copied.ONBEHALF_KEY).toMatch(/^ob_[\w-]{43}$/);
    },
    "npm run -s onbehalf -- bots list": async (command) => expect(await done(command)).toContain("deploy-bot"),
    "npm run -s onbehalf -- delegations grant": async (command) =>
      expect(await done(command)).toMatch(/^[\da-f-]{36}$/),
    "npm run -s onbehalf -- delegations list": async (command) => expect(await done(command)).toContain("acme/site"),
    "npm run -s onbehalf -- bots ceiling": async (command) => expect(await done(command)).toContain("acme/*"),
    "npm run -s onbehalf -- bots offer": async (command) => expect(await done(command)).toContain("agents/*"),
    "curl -sS http://127.0.0.1:3000/api/v1/commits": async (command) => {
      const answer: unknown = JSON.parse(await done(command));
      expect(answer).toMatchObject({
        oid: sandbox.repository("acme/site").head("release-notes"),
        author: { login: "ada" },
        verified: true,
        attribution: "user",
        pull_request: { created: true },
      });
      expect(branches()).toContain("release-notes");
      expect(JSON.parse(await done(command))).toEqual(answer);
    },
    "npm run -s onbehalf -- passes create": async (command) => {
      copied.ONBEHALF_PASS = await done(command);
      expect(copied.ONBEHALF_PASS).toMatch(/^obp_[\w-]{43}$/);
    },
    "npm run -s onbehalf -- git-setup --global --apply": async (command) =>
      expect(await done(command)).toContain("git works through"),
    "git clone https://github.com/acme/site": async (command) => {
      await done(command);
      expect(await read("todo/.git/config")).toContain("https://github.com/acme/site");
    },
    "cd todo && echo '# To do'": async (command) => {
      await done(command);
      expect(branches()).toContain("agents/todo");
    },
    "curl -sS http://127.0.0.1:3000/api/v3/repos/acme/site/commits": async (command) =>
      expect(JSON.parse(await done(command))).toContainEqual(expect.objectContaining({ sha: expect.any(String) })),
    "curl -sS http://127.0.0.1:3000/proxy/github/repos/acme/site": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ full_name: "acme/site" }),
    'import { createClient } from "onbehalf/client";': async (text) => {
      await save("program.mjs", text);
      const printed = await done("node_modules/.bin/node program.mjs");
      expect(printed).toBe(`${sandbox.repository("acme/site").head("main")}\nacme/site`);
    },
    'import { createClient, OnbehalfError } from "onbehalf/client";': async (text) => {
      await save("probot-app.mjs", text);
      await save("play.mjs", play);
      for (const login of ["ada", "grace"]) {
        sandbox.comment("acme/site", { issue: 41, login, body: "/note Water the plants" });
      }
      await sandbox.settled();
      const played = sandbox.deliveries
        .filter(({ event }) => event === "issue_comment")
        .map((delivery) => [delivery.id, delivery.event, sandbox.payload(delivery)]);
      // GitHub may deliver again what it has delivered.
      copied.DELIVERIES = JSON.stringify([...played, played[0]]);
      expect(played).toHaveLength(2);
      await done("node_modules/.bin/node play.mjs");
      const [, , done1, refused, again] = sandbox.comments("acme/site").map(({ body }) => body);
      expect(done1).toMatch(/^Done, in your name: http\S+\/acme\/site\/pull\/\d+$/);
      expect(again).toBe(done1);
      expect(refused).toMatch(/ Connect first: http\S+\/accounts$/);
      const [note = ""] = branches().filter((branch) => branch.startsWith("notes/41-"));
      expect(lastCommit(note)).toBe("Ada Lovelace GitHub Add a note");
    },
    "curl -sS http://127.0.0.1:3000/api/v1/users/gh.583231/git-identity": async (command) =>
      expect(JSON.parse(await done(command))).toEqual({
        name: "Ada Lovelace",
        email: "583231+ada@users.noreply.github.com",
      }),
    "npm run -s onbehalf -- openapi": async (command) => {
      await done(command);
      const document: unknown = JSON.parse(await read("openapi.json"));
      expect(document).toMatchObject({
        openapi: "3.1.0",
        paths: { "/api/v1/commits": { post: { tags: ["Commits"] } } },
      });
    },
    "export GH_HOST": async (command) => {
      await exportVariables(command);
      expect(copied.GH_ENTERPRISE_TOKEN).toBe(copied.ONBEHALF_PASS);
    },
    "gh auth setup-git": async (command) => expect(await done(command)).toBe(""),
    "git clone https://onbehalf.example.com/": async (command) => expect(await done(command)).toBe(""),
    "git -C site -c user": async (command) => expect(await done(command)).toContain("Say hello"),
    "git -C site push": async (command) => {
      await done(command);
      expect(branches()).toContain("agents/hello");
    },
    "gh pr create": async (command) => expect(await done(command)).toMatch(/\/acme\/site\/pull\/\d+$/),
    "gh pr list": async (command) => expect(await done(command)).toContain("agents/hello"),
  };
}

/** Of these gh runs the first ones, or git asks it for the pass: all of them are skipped where it is missing. */
export const needsGh = [
  "export GH_HOST",
  "gh auth setup-git",
  "git clone https://onbehalf.example.com/",
  "git -C site -c user",
  "git -C site push",
  "gh pr create",
  "gh pr list",
];
