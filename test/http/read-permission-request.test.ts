import { expect, test } from "vitest";
import { permissionQuery, readPermissionRequest } from "../../src/http/permission-request.ts";

const nothing = { provider: "github", repositories: [], branches: [], capabilities: [], until: "", leftOut: false };

test.each([
  [
    "capability=commit&repository=Acme/Site&branch=main",
    { capabilities: ["commit"], repositories: ["acme/site"], branches: ["main"] },
  ],
  ["capability=commit&capability=api:write&capability=commit", { capabilities: ["commit", "api:write"] }],
  [
    "repository=acme/*&repository=*&branch=bots/*&until=2126-01-31",
    { repositories: ["acme/*", "*"], branches: ["bots/*"], until: "2126-01-31" },
  ],
  ["capability=own&capability=commit", { capabilities: ["commit"], leftOut: true }],
  ["repository=acme/..&repository=<b>&branch=a%20b&until=2020-01-01", { leftOut: true }],
  ["until=tomorrow", { leftOut: true }],
  ["provider=github&capability=commit", { capabilities: ["commit"] }],
  ["provider=github-lite&capability=commit", { capabilities: ["commit"], leftOut: true }],
  [`branch=${"b".repeat(245)}&branch=%00`, { leftOut: true }],
  [
    Array.from({ length: 30 }, (_, index) => `branch=b${index}`).join("&"),
    { branches: Array.from({ length: 20 }, (_, index) => `b${index}`), leftOut: true },
  ],
])("%s is read", (query, read) => {
  const request = readPermissionRequest(`bot=deploy-bot&${query}`);
  expect(request).toEqual({ ...nothing, botName: "deploy-bot", ...read });
  // What a form brings back says the same.
  if (!request?.leftOut && request) expect(readPermissionRequest(permissionQuery(request))).toEqual(request);
});

test.each(["", "bot=deploy-bot", "bot=", "capability=commit", "bot=a&bot=b&capability=commit", "bot=a&done=granted"])(
  "%j asks for nothing",
  (query) => expect(readPermissionRequest(query)).toBeNull(),
);

test("a provider is read where it is one that can be asked for", () => {
  const request = readPermissionRequest("bot=a&provider=github-lite&capability=commit", ["github", "github-lite"]);
  expect(request).toEqual({ ...nothing, botName: "a", provider: "github-lite", capabilities: ["commit"] });
  if (!request) throw new Error("nothing was read");
  expect(readPermissionRequest(permissionQuery(request), ["github", "github-lite"])).toEqual(request);
});
