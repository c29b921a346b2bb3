import { beforeAll, expect, test } from "vitest";
import { codeOf, ownForm } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { type Committer, committer, newcomer } from "../harness/people.ts";
import { auditSince, lastAudit, rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let person: Committer;
let replica: string;

beforeAll(async () => {
  person = await committer(stack);
  replica = (await stack.replica()).url;
});

const open = (browser: Browser, search = "") => browser.open(`${stack.url}/sessions${search}`);
const words = ({ text }: Page) => text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
const actions = ({ text }: Page, of: RegExp) =>
  [...text.matchAll(/<form[^>]*action="([^"]*)"/g)]
    .map(([, action = ""]) => action)
    .filter((action) => of.test(action));
const sessionForms = (page: Page) => actions(page, /^\/sessions\/[0-9a-f-]{36}\/end$/);
const passForms = (page: Page) => actions(page, /^\/sessions\/passes\/[0-9a-f-]{36}\/end$/);

/** Whether a browser's session is one at another replica. */
async function isSignedIn(browser: Browser): Promise<boolean> {
  const headers = { cookie: browser.cookies(stack.url) };
  return (await fetch(`${replica}/accounts`, { headers, redirect: "manual" })).status === 200;
}

async function pass({ key, id, repository }: Committer): Promise<{ id: string; pass: string }> {
  const wish = {
    user: `gh.${id}`,
    provider: "github",
    repositories: [repository],
    capabilities: ["commit"],
    expires_in: 600,
  };
  const { status, body } = await stack.call("POST", "/api/v1/passes", { key, body: wish });
  expect(status).toBe(201);
  return { id: String(body.id), pass: String(body.pass) };
}

/** What another replica answers to a pass. */
const works = async (secret: string) =>
  (await stack.call("GET", "/api/v1/users/me/git-identity", { key: secret, url: replica })).status;

/** A browser that says what it is, as it comes back from GitHub. */
async function signInWith(login: string, userAgent: string): Promise<Browser> {
  const browser = new Browser();
  const start = await browser.open(`${stack.url}/`);
  const consent = await browser.submit(start, "Sign in with GitHub");
  const body = new URLSearchParams([...new URL(consent.url).searchParams, ["login", login], ["action", "authorize"]]);
  const answered = await browser.request(consent.url, { method: "POST", body });
  await browser.request(answered.headers.get("location") ?? "", { headers: { "user-agent": userAgent } });
  return browser;
}

test("a session is shown by its browser in words of ours, when it began and was seen; this one is marked", async () => {
  const { login } = newcomer(stack);
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const one = await signInWith(login, firefox);
  await signInWith(login, `<img src=x onerror=alert(1)> ${"x".repeat(2000)}`);
  const page = await open(one);
  expect(words(page)).toMatch(/Firefox on Linux This browser Signed in .* Last seen .* Ends/);
  expect(words(page)).toContain("A browser that is not known here");
  expect(page.text.match(/This browser</g)).toHaveLength(1);
  expect(sessionForms(page)).toHaveLength(2);
  expect(page.text).not.toContain("onerror");
  const kept = JSON.stringify(await rowsOf(stack, "browser_sessions"));
  for (const said of ["Mozilla", "140.0", "onerror", one.address]) expect(kept).not.toContain(said);
});

test("a session that goes on is noted as seen, at most every five minutes", async () => {
  const { browser } = await stack.signIn(newcomer(stack).login);
  const seen = async () =>
    (await stack.database.query<{ at: string }>({ text: "SELECT max(last_seen_at)::text AS at FROM browser_sessions" }))
      .rows[0]?.at;
  await stack.database.query({ text: "UPDATE browser_sessions SET last_seen_at = now() - interval '6 minutes'" });
  const before = await seen();
  await open(browser);
  const noted = await seen();
  expect(noted).not.toBe(before);
  await open(browser);
  expect(await seen()).toBe(noted);
});

test("one session is ended, all others, or all; on every replica at once", async () => {
  const { login } = newcomer(stack);
  const [one, two, three, four] = await Promise.all([1, 2, 3, 4].map(async () => (await stack.signIn(login)).browser));
  if (!one || !two || !three || !four) throw new Error("four browsers");
  const own = async (browser: Browser) =>
    /<strong>[^<]*<\/strong> <span class="Label Label-active">This browser.*?action="([^"]*)"/s.exec(
      (await open(browser)).text,
    )?.[1] ?? "";
  const audit = await lastAudit(stack);

  await one.post(`${stack.url}${await own(two)}`);
  expect(await Promise.all([one, two, three, four].map(isSignedIn))).toEqual([true, false, true, true]);
  const others = await one.post(`${stack.url}/sessions/end`, { which: "others" });
  expect(words(others)).toContain("You are signed in here and nowhere else.");
  expect(await Promise.all([one, three, four].map(isSignedIn))).toEqual([true, false, false]);
  const again = (await stack.signIn(login)).browser;
  const out = await again.post(`${stack.url}/sessions/end`, { which: "all" });
  expect(words(out)).toContain("You are signed out.");
  expect(again.cookies(stack.url)).toBe("");
  expect(await Promise.all([one, again].map(isSignedIn))).toEqual([false, false]);
  const told = (await auditSince(stack, audit)).filter(({ action }) => action === "sign_out");
  expect(told.map(({ detail }) => detail)).toEqual([{ sessions: 1 }, { sessions: 2 }, { sessions: 2 }]);
});

test("ending the session that one is in signs out", async () => {
  const { browser } = await stack.signIn(newcomer(stack).login);
  const page = await browser.submit(await open(browser), "Sign out here");
  expect(words(page)).toContain("You are signed out.");
  expect(browser.cookies(stack.url)).toBe("");
});

test("a pass that works is shown with what it may do, and is ended on every replica at once", async () => {
  const made = await pass(person);
  await pass(person);
  expect(await works(made.pass)).toBe(200);
  const page = await open(person.browser);
  expect(words(page)).toContain(`bot-of-${person.login} may commit as you in ${person.repository} , on any branch.`);
  expect(page.text).not.toContain(made.pass);
  expect(passForms(page)).toHaveLength(2);
  const audit = await lastAudit(stack);
  const ended = await person.browser.post(`${stack.url}/sessions/passes/${made.id}/end`);
  expect(words(ended)).toContain("Its next request is refused");
  expect(await works(made.pass)).toBe(403);
  expect(passForms(ended)).toHaveLength(1);
  expect(await auditSince(stack, audit)).toMatchObject([{ action: "pass.end", actor: "user", pass_id: made.id }]);
  // Pressed twice.
  expect((await person.browser.post(`${stack.url}/sessions/passes/${made.id}/end`)).status).toBe(200);
  expect(await auditSince(stack, audit)).toHaveLength(1);
});

test("all passes end together, and what doesn't work any more is not shown", async () => {
  const made = [await pass(person), await pass(person)];
  const ended = await person.browser.submit(await open(person.browser), "End all passes");
  expect(await Promise.all(made.map((one) => works(one.pass)))).toEqual([403, 403]);
  expect(words(ended)).toContain("No pass acts as you");
  const own = await committer(stack);
  await pass(own);
  expect(passForms(await open(own.browser))).toHaveLength(1);
  await stack.database.query({
    text: "UPDATE delegations SET ended_at = now() WHERE user_id = $1",
    values: [own.userId],
  });
  expect(passForms(await open(own.browser))).toEqual([]);
});

test("passes come in pages", async () => {
  const own = await committer(stack);
  await pass(own);
  await stack.database.query({
    text: `INSERT INTO passes (pass_hash, bot_id, made_with, user_id, provider, delegation_ids, repositories, repository_ids,
        branches, capabilities, expires_at)
      SELECT sha256(n::text::bytea), bot_id, made_with, user_id, provider, delegation_ids, repositories, repository_ids,
        branches, capabilities, expires_at FROM passes, generate_series(1, 59) n WHERE user_id = $1`,
    values: [own.userId],
  });
  const page = await open(own.browser);
  expect(passForms(page)).toHaveLength(50);
  const [, next = ""] = /href="([^"]*after=[^"]*)">Next page/.exec(page.text) ?? [];
  const rest = passForms(await own.browser.open(`${stack.url}${next}`));
  expect(rest).toHaveLength(10);
  expect(new Set([...passForms(page), ...rest]).size).toBe(60);
});

test("what is somebody else's is neither shown nor ended", async () => {
  const other = await committer(stack);
  const theirs = await pass(other);
  const rows = await stack.database.query<{ public_id: string }>({
    text: "SELECT public_id FROM browser_sessions WHERE user_id = $1",
    values: [other.userId],
  });
  const id = rows.rows[0]?.public_id ?? "";
  const mine = (await open(person.browser)).text;
  expect([mine.includes(id), mine.includes(theirs.id)]).toEqual([false, false]);
  for (const path of [`/sessions/${id}/end`, `/sessions/passes/${theirs.id}/end`]) {
    const page = await person.browser.request(`${stack.url}${path}`, { method: "POST", headers: ownForm });
    expect(page.status).toBe(404);
    expect(codeOf(page)).toBe("not_found");
  }
  await person.browser.post(`${stack.url}/sessions/end`, { which: "others" });
  await person.browser.post(`${stack.url}/sessions/passes/end`);
  expect(await isSignedIn(other.browser)).toBe(true);
  expect(await works(theirs.pass)).toBe(200);
});

test("nobody who isn't signed in ends anything", async () => {
  const other = await committer(stack);
  const theirs = await pass(other);
  for (const path of ["/sessions/end", "/sessions/passes/end", `/sessions/passes/${theirs.id}/end`]) {
    const body = new URLSearchParams({ which: "all" });
    const page = await new Browser().request(`${stack.url}${path}`, { method: "POST", headers: ownForm, body });
    expect(page.headers.get("location")).toBe("/?return_to=/sessions");
  }
  expect(await works(theirs.pass)).toBe(200);
});
