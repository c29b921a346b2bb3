import { beforeAll, describe, expect, test } from "vitest";
import { pageList } from "../browser/page-list.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { formsOf, linksOf, type PageForm } from "../harness/page-forms.ts";
import { newcomer } from "../harness/people.ts";
import { type Role, useSample } from "../harness/sample/use-sample.ts";
import { stored } from "../harness/stored.ts";

/* Every link and every form of every page, as each role, on a stack with everything in it. */

const sample = useSample();
const roles = ["nobody", "member", "admin"] as const;
/** What each role finds behind links alone. */
const found = new Map<Role, { pages: Map<string, Page>; forms: Map<string, PageForm> }>();

/** An address without what differs from one thing to the next: forms and pages of one kind are looked at a few times. */
const kindOf = (url: string) =>
  new URL(url).pathname
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ":id")
    .replace(/^\/connect-links\/[^/]+/, "/connect-links/:secret");
const isPage = ({ headers }: Page) => headers.get("content-type")?.startsWith("text/html") ?? false;
const ours = (url: string) => new URL(url).origin === sample.stack.url;
const addressOf = ({ path }: (typeof pageList)[number]) => `${sample.stack.url}${path(sample)}`;
const mostOfAKind = 4;

/** Opens an address, and follows where it leads on this server. */
async function open(browser: Browser, url: string, init: RequestInit = {}): Promise<Page> {
  const headers = { accept: "text/html", ...init.headers };
  let page = await browser.request(url, { ...init, headers });
  for (let hop = 0; hop < 5; hop++) {
    const location = page.headers.get("location");
    const next = location && new URL(location, page.url).href;
    if (!next || !ours(next)) return page;
    page = await browser.request(next, { headers: { accept: "text/html" } });
  }
  throw new Error(`${url} leads round in a circle`);
}

function send(browser: Browser, form: PageForm, fields = form.fields): Promise<Page> {
  const body = new URLSearchParams(fields);
  if (form.method === "get") return open(browser, `${form.action}?${body}`);
  return open(browser, form.action, {
    method: "POST",
    body,
    headers: { "sec-fetch-site": "same-origin", origin: "null" },
  });
}

/** From what the role is meant to see on, wherever links lead. */
async function crawl(role: Role): Promise<void> {
  const browser = sample.browsers[role];
  const [pages, forms] = [new Map<string, Page>(), new Map<string, PageForm>()];
  const queue = pageList.filter(({ as }) => as === role).map(addressOf);
  const seen = new Map<string, number>();
  for (let url = queue.shift(); url; url = queue.shift()) {
    const address = url.replace(/#.*/s, "");
    const count = seen.get(kindOf(address)) ?? 0;
    if (!ours(address) || pages.has(address) || count >= mostOfAKind) continue;
    seen.set(kindOf(address), count + 1);
    const page = await open(browser, address);
    pages.set(address, page);
    if (!isPage(page)) continue;
    queue.push(...linksOf(page));
    for (const form of formsOf(page)) {
      forms.set(`${form.action} ${JSON.stringify(form.fields)}`, form);
      if (form.method === "get") queue.push(`${form.action}?${new URLSearchParams(form.fields)}`);
    }
  }
  found.set(role, { pages, forms });
}

beforeAll(async () => {
  for (const role of roles) await crawl(role);
});

const seenBy = (role: Role) => found.get(role)?.pages ?? new Map<string, Page>();
const postsOf = (role: Role) => {
  const kinds = new Map<string, number>();
  return [...(found.get(role)?.forms.values() ?? [])].filter(({ method, action }) => {
    const count = kinds.get(kindOf(action)) ?? 0;
    kinds.set(kindOf(action), count + 1);
    return method === "post" && ours(action) && count < mostOfAKind;
  });
};

test("every address that links and searches lead to answers, and no link is dead", () => {
  for (const role of roles) {
    expect(seenBy(role).size).toBeGreaterThan(3);
    for (const [url, { status }] of seenBy(role)) {
      expect([role, url, status]).toEqual([role, url, url.endsWith("/nothing-here") ? 404 : 200]);
    }
  }
});

test("every page that is found stands in the list which axe and the screenshots go through, and the other way round", () => {
  const listed = new Set(pageList.map((page) => kindOf(addressOf(page))));
  const reached = roles.flatMap((role) => [...seenBy(role).values()].filter(isPage).map(({ url }) => kindOf(url)));
  expect([...new Set(reached)].toSorted()).toEqual([...listed].toSorted());
});

test("nobody sees a page of a person's, nor anybody that of another one, and a member no page of an admin's", async () => {
  const { stack, browsers } = sample;
  const other = await stack.signIn(newcomer(stack).login);
  const forAll = new Set(pageList.filter(({ as }) => as === "nobody").map((page) => kindOf(addressOf(page))));
  const personal = [...seenBy("member"), ...seenBy("admin")].filter(
    ([url]) => !forAll.has(kindOf(url)) && kindOf(url) !== "/docs/openapi.json",
  );
  for (const [url] of personal) {
    const { status, headers } = await new Browser().request(url);
    const refused = status === 404 ? null : headers.get("location")?.replace(/=.*/s, "");
    expect([url, refused]).toEqual([url, kindOf(url) === "/connecting/:id" ? null : "/?return_to"]);
  }
  const ofOne = personal.filter(([url]) => seenBy("member").has(url) && /:id/.test(kindOf(url)));
  const ofAdmins = personal.filter(([url]) => kindOf(url).startsWith("/admin"));
  expect(Math.min(ofOne.length, ofAdmins.length)).toBeGreaterThan(1);
  for (const [strangers, addresses] of [
    [[browsers.member, other.browser], ofAdmins],
    [[browsers.admin, other.browser], ofOne],
  ] as const) {
    for (const [url] of addresses) {
      for (const browser of strangers) expect([url, (await browser.request(url)).status]).toEqual([url, 404]);
    }
  }
});

test("a form that is not one's own does nothing, whoever sends it", async () => {
  const { stack, browsers } = sample;
  const other = await stack.signIn(newcomer(stack).login);
  const before = await stored(stack);
  const ofAdmins = postsOf("admin").filter(({ action }) => kindOf(action).startsWith("/admin"));
  expect(ofAdmins.length).toBeGreaterThan(3);
  const senders = [new Browser(), browsers.member, other.browser];
  for (const form of ofAdmins) {
    for (const [index, sender] of senders.entries()) {
      const { status, url } = await send(sender, form);
      const expected = index === 0 ? [200, `${stack.url}/`] : [404, form.action];
      expect([form.action, status, url.replace(/\?.*/s, "")]).toEqual([form.action, ...expected]);
    }
  }
  const ofOne = postsOf("member").filter(({ action }) => /\/:id(\/|$)/.test(kindOf(action)));
  expect(ofOne.length).toBeGreaterThan(3);
  for (const form of ofOne) {
    for (const sender of [new Browser(), other.browser, browsers.admin]) {
      expect([form.action, (await send(sender, form)).status]).not.toEqual([form.action, 500]);
    }
  }
  expect(await stored(stack)).toEqual(before);
});

describe.each(roles)("as %s", (role) => {
  const strange = ["", "'\"><img src=x onerror=alert(1)>", "\u0000", "é".repeat(3000), "https://elsewhere.example/"];

  test("no form fails, whatever is entered and however often it is sent", async () => {
    const forms = postsOf(role);
    expect(forms.length).toBeGreaterThan(0);
    // What ends everything comes last.
    const last = (action: string) => ["/sessions/end", "/sign-out", "/erase"].indexOf(kindOf(action));
    const browser = sample.browsers[role];
    for (const form of forms.toSorted((one, other) => last(one.action) - last(other.action))) {
      const entered = strange.map((text) =>
        form.fields.map(([name, value]): [string, string] => [name, form.entered.includes(name) ? text : value]),
      );
      const variants = form.entered.length > 0 ? [...entered, form.fields] : [form.fields, form.fields];
      for (const fields of [...variants, []]) {
        const { status, url, text } = await send(browser, form, fields);
        expect(status, `${form.action} ${JSON.stringify(fields).slice(0, 200)} led to ${url}: ${text}`).toBeLessThan(
          500,
        );
      }
    }
  });
});
