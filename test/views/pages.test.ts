import { expect, test } from "vitest";
import { accountsPage } from "../../src/views/accounts.ts";
import type { Html } from "../../src/views/html.ts";
import { messagePage } from "../../src/views/message.ts";
import { permissionsPage } from "../../src/views/permissions.ts";
import { signInPage } from "../../src/views/sign-in.ts";
import { attribute, tags } from "./every-page.ts";

const viewer = { login: "ada" };
const github = { provider: "github", providerName: "GitHub", login: "ada" };
const date = new Date("2025-11-21T19:05:09Z");

function posts(page: Html): string[] {
  const forms = tags(page).filter((tag) => tag.startsWith("<form"));
  expect(forms.filter((form) => attribute(form, "method") !== "post")).toEqual([]);
  return forms.flatMap((form) => attribute(form, "action") ?? []);
}

/** What a reader sees. */
function words(page: Html): string {
  return String(page)
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ");
}

test("sign-in posts to the provider chosen", () => {
  const page = signInPage({
    providers: [
      { id: "github", name: "GitHub" },
      { id: "a/b", name: "Other" },
    ],
  });
  expect(posts(page)).toEqual(["/sign-in/github", "/sign-in/a%2Fb"]);
  expect(words(page)).toContain("Sign in with GitHub");
});

test.each([
  ["not_connected", ["/connect/github"]],
  ["pending", ["/connect/github", "/accounts/github/disconnect"]],
  ["active", ["/connect/github", "/accounts/github/disconnect"]],
  ["limited", ["/connect/github", "/accounts/github/disconnect"]],
  ["revoked", ["/connect/github"]],
] as const)("an account that is %s offers what can be done with it", (state, addresses) => {
  expect(posts(accountsPage({ viewer, accounts: [{ ...github, state }] }))).toEqual(["/sign-out", ...addresses]);
});

test("an account says who, since when and in words what it is; times are exact and in UTC", () => {
  const page = accountsPage({
    viewer,
    accounts: [{ ...github, state: "active", connectedAt: date, lastUsedAt: null }],
  });
  expect(words(page)).toContain("GitHub · @ada Connected");
  expect(words(page)).toContain("Not used yet");
  expect(words(page)).toContain("Disconnecting revokes this access at GitHub");
  const iso = "2025-11-21T19:05:09.000Z";
  expect(String(page)).toContain(`<time datetime="${iso}" title="${iso}">21 Nov 2025, 19:05 UTC</time>`);
});

test("a revocation that isn't confirmed is told, with the provider's settings", () => {
  const settingsUrl = "https://github.com/settings/applications";
  const page = accountsPage({
    viewer,
    accounts: [{ ...github, state: "revoked", revocation: "unconfirmed", settingsUrl }],
  });
  expect(words(page)).toContain("did not confirm that the access is gone");
  expect(String(page)).toContain(`href="${settingsUrl}"`);
});

test("an access that the person ended is no alarm, and one that ended without them is", () => {
  const label = (revocationReason: string) =>
    /<span class="(Label[^"]*)">Access ended/.exec(
      String(accountsPage({ viewer, accounts: [{ ...github, state: "revoked", revocationReason }] })),
    )?.[1];
  expect(label("user_revoked")).toBe("Label");
  expect(label("refresh_failed")).toBe("Label Label-revoked");
});

test("a permission is a sentence, and can be ended", () => {
  const capabilities = [
    { id: "commit", words: "commit" },
    { id: "push", words: "push" },
  ];
  const given = { botName: "deploy-bot", provider: "github", createdAt: date };
  const page = permissionsPage({
    viewer,
    capabilities,
    bots: [{ id: "b", name: "deploy-bot" }],
    delegations: [
      { ...given, id: "1", repositories: ["acme/site"], branches: [], capabilities: ["commit"], until: null },
      {
        ...given,
        id: "2",
        repositories: ["acme/*", "*"],
        branches: ["main", "v/*"],
        capabilities: ["commit", "push"],
        until: date,
      },
    ],
  });
  expect(words(page)).toContain("deploy-bot may commit as you in acme/site, on any branch, until you end it.");
  expect(words(page)).toContain(
    "deploy-bot may commit and push as you in every repository of acme and every repository that you can reach, on branches main or v/*, until 21 Nov 2025, 19:05 UTC.",
  );
  expect(posts(page)).toEqual([
    "/sign-out",
    "/permissions/1/end",
    "/permissions/2/end",
    "/permissions",
    "/permissions/sign-off",
  ]);
});

test("a form that comes back keeps what was entered and ties the error to its field", () => {
  const page = permissionsPage({
    viewer,
    delegations: [],
    bots: [{ id: "b", name: "deploy-bot" }],
    capabilities: [
      { id: "commit", words: "commit" },
      { id: "push", words: "push" },
    ],
    form: {
      botId: "b",
      repositories: "\nacme",
      capabilities: ["push"],
      until: "2026-01-01",
      error: "No such repository.",
      field: "repositories",
    },
  });
  const area = tags(page).find((tag) => attribute(tag, "name") === "repositories") ?? "";
  expect(attribute(area, "aria-describedby")).toBe("repositories-hint repositories-error");
  expect(attribute(area, "aria-invalid")).toBe("true");
  // A browser drops the first line feed in a textarea; the one that was entered stays.
  expect(String(page)).toContain(`${area}\n\nacme</textarea>`);
  expect(
    tags(page)
      .filter((tag) => / (checked|selected)>/.test(tag))
      .map((tag) => attribute(tag, "value")),
  ).toEqual(["b", "push"]);
  expect(String(page)).toContain("<title>Error: Permissions · onbehalf</title>");
});

test("without bots there is no form, but the command that makes one", () => {
  const page = permissionsPage({ viewer, delegations: [], bots: [], capabilities: [] });
  expect(posts(page)).toEqual(["/sign-out", "/permissions/sign-off"]);
  expect(words(page)).toContain("npm run -s onbehalf -- bots create NAME");
});

test("a message says what happened and what to do, and leads there by link or form", () => {
  const said = {
    title: "Refused",
    tone: "danger",
    says: "GitHub refused.",
    todo: "Try again.",
    code: "refused",
  } as const;
  const linked = messagePage({ ...said, action: { href: "/", text: "Start again" } });
  expect(words(linked)).toContain("GitHub refused. Try again. Start again Code: refused");
  expect(posts(linked)).toEqual([]);
  expect(posts(messagePage({ ...said, action: { post: "/connect/github", text: "Go" } }))).toEqual(["/connect/github"]);
});
