import { beforeAll, describe, expect, test } from "vitest";
import { codeOf, ownForm } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { type Committer, committer, newcomer } from "../harness/people.ts";
import { auditSince, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let person: Committer;
beforeAll(async () => {
  person = await committer(stack);
});

/** All that a page's form can be sent to, with fields that would do something. */
const forms = [
  { path: "/sign-in/github", fields: { return_to: "/permissions" } },
  { path: "/connect/github", fields: {} },
  { path: "/accounts/github/disconnect", fields: {} },
  { path: "/permissions", fields: { bot: ":bot", repositories: "*", capability: "commit" } },
  { path: "/permissions/:delegation/end", fields: {} },
  {
    path: "/permissions/:delegation/narrow",
    fields: { repositories: ":repository", capability: "commit", branches: "main" },
  },
  { path: "/permissions/refuse", fields: { request: "bot=:name&capability=commit" } },
  { path: "/permissions/sign-off", fields: { agree: "yes" } },
  { path: "/sessions/:session/end", fields: {} },
  { path: "/sessions/end", fields: { which: "all" } },
  { path: "/sessions/passes/:pass/end", fields: {} },
  { path: "/sessions/passes/end", fields: {} },
  { path: "/sign-out", fields: {} },
];

/** What a browser says of a form that it was not our page's. The names that look like ours are the interesting ones. */
const forgeries: { what: string; headers: (own: URL) => Record<string, string> }[] = [
  { what: "another site's page", headers: () => ({ origin: "https://evil.example", "sec-fetch-site": "cross-site" }) },
  { what: "another site's page in an old browser", headers: () => ({ origin: "https://evil.example" }) },
  { what: "a neighbouring host", headers: (own) => ({ origin: own.origin.replace("127.0.0.1", "localhost") }) },
  { what: "a neighbouring port", headers: () => ({ origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" }) },
  { what: "our host by another scheme", headers: (own) => ({ origin: own.origin.replace("http:", "https:") }) },
  { what: "a name that begins with ours", headers: (own) => ({ origin: `${own.origin}.evil.example` }) },
  { what: "our address with a path", headers: (own) => ({ origin: `${own.origin}/` }) },
  { what: "a sandboxed frame", headers: () => ({ origin: "null", "sec-fetch-site": "cross-site" }) },
  { what: "a page without origin in an old browser", headers: () => ({ origin: "null" }) },
  { what: "a program that says nothing", headers: () => ({}) },
  { what: "a typed address", headers: () => ({ "sec-fetch-site": "none" }) },
  { what: "a lie in one of two headers", headers: (own) => ({ origin: own.origin, "sec-fetch-site": "cross-site" }) },
  { what: "a lie in the other", headers: () => ({ origin: "https://evil.example", "sec-fetch-site": "same-origin" }) },
];

async function everything() {
  return {
    ...(await stored(stack)),
    sessions: await rowsOf(stack, "browser_sessions"),
    transactions: await rowsOf(stack, "oauth_transactions"),
    refusals: (await stack.database.query({ text: "SELECT * FROM refusals" })).rows,
    audit: await auditSince(stack),
    requests: stack.sandbox.requests.length,
  };
}

async function filledIn({ path, fields }: (typeof forms)[number], { userId, login, id, key, repository }: Committer) {
  const session = (await rowsOf(stack, "browser_sessions")).find(({ user_id }) => user_id === userId);
  const wish = {
    user: `gh.${id}`,
    provider: "github",
    repositories: [repository],
    capabilities: ["commit"],
    expires_in: 600,
  };
  const pass = path.includes(":pass") && (await stack.call("POST", "/api/v1/passes", { key, body: wish })).body.id;
  const delegation = (await rowsOf(stack, "delegations")).find(({ user_id }) => user_id === userId);
  const text = (value: string) =>
    value
      .replace(":session", String(session?.public_id))
      .replace(":pass", String(pass))
      .replace(":delegation", String(delegation?.id))
      .replace(":bot", String(delegation?.bot_id))
      .replace(":repository", repository)
      .replace(":name", `bot-of-${login}`);
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) body.set(name, text(value));
  return { url: `${stack.url}${text(path)}`, body };
}

describe.each(forms)("POST $path", (form) => {
  test.each(forgeries)("20 sent by $what is refused, and nothing changes", async ({ headers }) => {
    const { url, body } = await filledIn(form, person);
    const before = await everything();
    const page = await person.browser.request(url, { method: "POST", body, headers: headers(new URL(stack.url)) });
    expect(page.status).toBe(403);
    expect(codeOf(page)).toBe("forbidden_origin");
    expect(page.text).toContain("This form was not sent from onbehalf");
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  test("with a body that no form of ours has is refused, and nothing changes", async () => {
    const { url } = await filledIn(form, person);
    const before = await everything();
    for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x"]) {
      const headers = { ...ownForm, "content-type": type };
      const page = await person.browser.request(url, { method: "POST", body: "{}", headers });
      expect(page.status).toBe(400);
      expect(codeOf(page)).toBe("bad_request");
    }
    expect(await everything()).toEqual(before);
  });
});

test.each(forms)("our own form for $path is accepted", async (form) => {
  const own = await committer(stack);
  const { url, body } = await filledIn(form, own);
  const page = await own.browser.request(url, { method: "POST", body, headers: ownForm });
  expect(page.status).toBe(303);
});

test("so is one whose browser names our origin", async () => {
  const own = await committer(stack);
  const headers = { origin: stack.url, "sec-fetch-site": "same-origin" };
  const page = await own.browser.request(`${stack.url}/sign-out`, { method: "POST", headers });
  expect(page.status).toBe(303);
  expect(own.browser.cookies(stack.url)).toBe("");
});

test("no page has a form that is missing above", async () => {
  const known = new Set(forms.map(({ path }) => path));
  const never = await stack.signIn(newcomer(stack).login);
  for (const browser of [person.browser, never.browser, new Browser()]) {
    const asked = `/permissions?bot=bot-of-${person.login}&capability=commit`;
    for (const path of ["/", "/accounts", "/permissions", "/activity", "/sessions", asked]) {
      const { text } = await browser.open(`${stack.url}${path}`);
      const actions = [...text.matchAll(/<form method="post"[^>]*action="([^"]*)"/g)].map(([, action = ""]) => action);
      expect(actions.length).toBeGreaterThan(0);
      const named = actions.map((action) =>
        action
          .replace(/(?<=\/passes\/)[0-9a-f-]{36}/, ":pass")
          .replace(/(?<=\/sessions\/)[0-9a-f-]{36}/, ":session")
          .replace(/[0-9a-f-]{36}/, ":delegation"),
      );
      for (const action of named) expect(known).toContain(action);
    }
  }
});
