import { beforeAll, describe, expect, test, vi } from "vitest";
import { pageList } from "../browser/page-list.ts";
import { codeOf, location, ownForm } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { halfSent } from "../harness/half-sent.ts";
import { type Committer, committer, newcomer } from "../harness/people.ts";
import { type Route, useRegisteredRoutes } from "../harness/registered-routes.ts";
import { fillWithMarkup } from "../harness/sample/fill-with-markup.ts";
import { useSample } from "../harness/sample/use-sample.ts";
import type { Stack } from "../harness/stack.ts";
import { auditSince, rowsOf, stored } from "../harness/stored.ts";

/*
 * What is sent to every route that the running server has registered, so that a new page or form is attacked from its
 * first day on. forgery.test.ts, sessions.test.ts and return-to.test.ts go deeper into some of it.
 */

const routes = useRegisteredRoutes();
const sample = useSample();

const evil = "https://evil.example";
const nobody = "00000000-0000-4000-8000-000000000000";

let stack: Stack;
let admin: Browser;
let person: Committer;
/** Of what the admin and the person have: what stands for `:id` below each address. */
const ids: Record<string, string> = {};

const writes = ({ method }: Route) => method !== "GET";
/** What isn't for browsers: there a key counts, or a provider's signature, and never a cookie. */
const isPage = ({ path }: Route) =>
  !/^\/(api|proxy|hooks|static)\/|^\/(metrics|healthz|readyz)$|^\/as\/:user|^\/:owner/.test(path);
const isStatic = ({ path }: Route) => path.startsWith("/static/");
const named = ({ method, path }: Route) => `${method} ${path}`;

/** A route's address, with something that is there where the tests made it. */
function addressOf({ path }: Route, known = ids): string {
  const id = Object.entries(known).find(([under]) => path.startsWith(`${under}/:`))?.[1];
  const filled = path
    .replace(":provider", "github")
    .replace(/:(id|secret)/, id ?? nobody)
    .replace(/:key/, nobody)
    .replace(/:\w+/g, "someone")
    .replace("*", "anything");
  return `${stack.url}${filled}`;
}

/** Another browser, with what somebody's has. */
function withCookieOf(owner: Browser): Browser {
  const thief = new Browser();
  thief.setCookies(stack.url, owner.cookies(stack.url));
  return thief;
}

/** Whether the sample's mirrors have had their first runs, which use people's accounts. */
async function mirrorsAtRest(): Promise<boolean> {
  const runs = await rowsOf(stack, "syncs");
  const leased = (await rowsOf(stack, "repositories")).filter(({ lease_id }) => lease_id !== null);
  return runs.length > 0 && leased.length === 0 && runs.every(({ result }) => result !== "started");
}

const everything = async () => ({
  ...(await stored(stack)),
  sessions: await rowsOf(stack, "browser_sessions"),
  passes: await rowsOf(stack, "passes"),
  repositories: await rowsOf(stack, "repositories"),
  users: await rowsOf(stack, "users"),
  offers: await rowsOf(stack, "offers"),
  audit: await auditSince(stack),
});

beforeAll(async () => {
  stack = sample.stack;
  admin = sample.browsers.admin;
  person = await committer(stack);
  await vi.waitFor(async () => expect(await mirrorsAtRest()).toBe(true), { timeout: 20_000 });
  Object.assign(ids, {
    "/permissions": sample.delegationId,
    "/admin/bots": sample.bots.deploy.id,
    "/admin/users": person.userId,
    "/admin/repositories": (await rowsOf(stack, "repositories"))[0]?.id,
  });
});

test("every route is known by what guards it, and there are forms among them", () => {
  const pages = routes.all().filter(isPage);
  expect(pages.filter(writes).length).toBeGreaterThan(20);
  expect(pages.map(named)).toContain("POST /sessions/end");
  expect(
    routes
      .all()
      .filter((route) => !isPage(route))
      .map(named),
  ).toContain("POST /api/v1/commits");
});

describe("forgery", () => {
  test.each<[string, Record<string, string>]>([
    ["from another site", { origin: evil }],
    ["without an Origin", {}],
  ])("20 what is sent %s with an admin's cookie changes nothing, at any route", async (_what, headers) => {
    const before = await everything();
    const refused: string[] = [];
    for (const route of routes.all().filter(writes)) {
      // From an address of its own each: refusals are counted.
      const browser = withCookieOf(admin);
      const type = { "content-type": isPage(route) ? "application/x-www-form-urlencoded" : "application/json" };
      const init = { method: route.method, headers: { ...headers, ...type }, body: isPage(route) ? "" : "{}" };
      const page = await browser.request(addressOf(route), init);
      const code = isPage(route) ? codeOf(page) : /"code":"(\w+)"/.exec(page.text)?.[1];
      if (isPage(route)) expect([named(route), page.status, code]).toEqual([named(route), 403, "forbidden_origin"]);
      else expect([named(route), page.status]).toEqual([named(route), route.path.startsWith("/hooks/") ? 400 : 401]);
      expect(page.headers.getSetCookie()).toEqual([]);
      refused.push(named(route));
    }
    expect(refused.length).toBeGreaterThan(40);
    expect(await everything()).toEqual(before);
  });
});

test("after signing out everywhere a stolen cookie opens no page and sends no form: it is nobody's", async () => {
  const { login } = newcomer(stack);
  const { browser } = await stack.signIn(login);
  const other = (await stack.signIn(login)).browser;
  const stolen = [browser, other].map(withCookieOf);
  for (const thief of stolen) expect((await thief.request(`${stack.url}/accounts`)).status).toBe(200);
  await browser.post(`${stack.url}/sessions/end`, { which: "all" });
  const before = await stored(stack);
  const seen = async (visitor: Browser, route: Route) => {
    const init = { method: route.method, ...(writes(route) ? { headers: ownForm } : {}) };
    const { status, headers } = await visitor.request(addressOf(route), init);
    return [named(route), status, headers.get("location")?.split("?")[0]];
  };
  for (const thief of stolen) {
    for (const route of routes.all().filter(isPage)) {
      const cookie = thief.cookies(stack.url);
      expect(await seen(thief, route)).toEqual(await seen(new Browser(), route));
      thief.setCookies(stack.url, cookie);
    }
  }
  expect(await stored(stack)).toEqual(before);
});

test("no answer can be framed, and none but our own files may be kept by a cache, whoever asks", async () => {
  let looked = 0;
  for (const route of routes.all()) {
    for (const visitor of [admin, person.browser, new Browser()]) {
      // A forged form: what does something is refused, and a refusal is an answer, too.
      const page = await visitor.request(addressOf(route), { method: route.method });
      expect([named(route), page.headers.get("cache-control")]).toEqual([
        named(route),
        isStatic(route) ? "public, max-age=3600" : "no-store",
      ]);
      expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(page.headers.get("x-frame-options")).toBe("DENY");
      expect(page.headers.get("x-content-type-options")).toBe("nosniff");
      looked++;
    }
  }
  for (const format of ["csv", "ndjson"]) {
    const file = await person.browser.request(`${stack.url}/activity/export?format=${format}`);
    expect(file.headers.get("cache-control")).toBe("no-store");
    expect(file.headers.get("content-disposition")).toContain("attachment");
  }
  expect(looked).toBeGreaterThan(200);
});

describe("a redirect leads nowhere else", () => {
  const wishes = ["return_to", "next", "redirect", "redirect_uri", "url", "to", "continue", "after", "before", "done"];
  const targets = [`${evil}/`, "//evil.example/", "/\\evil.example/"];

  function expectOurs(route: Route, page: Page): void {
    const { origin, searchParams } = location(page);
    const provider = new URL(stack.sandbox.webUrl).origin;
    expect([stack.url, provider], named(route)).toContain(origin);
    const back = searchParams.get("return_to") ?? "/";
    expect(new URL(back, stack.url).origin, named(route)).toBe(stack.url);
  }

  test.each(targets)("08 with %s in every field that could name one", async (target) => {
    const fields = new URLSearchParams(Object.fromEntries(wishes.map((wish) => [wish, target])));
    let redirected = 0;
    for (const route of routes.all().filter(isPage)) {
      const address = new URL(addressOf(route));
      address.search = String(fields);
      for (const visitor of writes(route) ? [new Browser()] : [admin, new Browser()]) {
        const init = writes(route) ? { method: route.method, headers: ownForm, body: fields } : {};
        const page = await visitor.request(address.href, init);
        expect(page.text).not.toMatch(
          /http-equiv|name="return_to"|href="(https:\/\/evil|\/\/evil|\/\\evil|javascript)/i,
        );
        if (page.status < 300 || page.status > 399) continue;
        expectOurs(route, page);
        redirected++;
      }
    }
    expect(redirected).toBeGreaterThan(20);
  });

  test.each(["//evil.example/accounts", "/\\evil.example/accounts", "//evil.example/..", "/accounts//evil.example"])(
    "08 at the address %s",
    async (path) => {
      const { status } = await halfSent(stack.url, [`GET ${path} HTTP/1.1`, "accept: text/html", "", ""]);
      expect(status).toBe(404);
    },
  );
});

describe("guesses", () => {
  const secret = (prefix: string) => `${prefix}_${"x".repeat(43)}`;
  const basic = `Basic ${Buffer.from(`x:${secret("obp")}`).toString("base64")}`;

  test.each<[what: string, path: string, headers: Record<string, string>, status: number]>([
    ["keys at the API", "/api/v1/users/gh.1/git-identity", { authorization: `Bearer ${secret("ob")}` }, 401],
    ["passes at the API", "/api/v1/users/me/git-identity", { authorization: `Bearer ${secret("obp")}` }, 401],
    ["passes at the look-alike", "/api/v3/user", { authorization: `token ${secret("obp")}` }, 401],
    ["passes at the proxy", "/proxy/github/user", { authorization: `Bearer ${secret("obp")}` }, 401],
    ["passes with git", "/acme/site.git/info/refs?service=git-upload-pack", { authorization: basic }, 401],
    ["passes with Git LFS", "/acme/site.git/info/lfs/locks", { authorization: basic }, 401],
    ["connect links", `/connect-links/${"x".repeat(43)}`, {}, 404],
    ["what a connect link leads to", `/connecting/${nobody}`, {}, 404],
    ["callbacks", "/connect/github/callback?code=x&state=y", {}, 400],
  ])(
    "of %s are counted: the 61st of an address in a minute is refused with 429",
    async (_what, path, headers, status) => {
      const guesser = new Browser();
      const guess = async () => (await guesser.request(`${stack.url}${path}`, { headers })).status;
      const first = await Promise.all(Array.from({ length: 60 }, guess));
      expect(new Set(first)).toEqual(new Set([status]));
      const refused = await guesser.request(`${stack.url}${path}`, { headers });
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await person.commit()).status).toBe(201);
    },
  );

  test("of the token for /metrics are counted, too", async () => {
    const { url } = await stack.replica({ METRICS_TOKEN: "m".repeat(40) });
    const guesser = new Browser();
    const guess = () => guesser.request(`${url}/metrics`, { headers: { authorization: "Bearer guess" } });
    const first = await Promise.all(Array.from({ length: 60 }, guess));
    expect(new Set(first.map((page) => page.status))).toEqual(new Set([401]));
    expect((await guess()).status).toBe(429);
  });
});

describe("a megabyte", () => {
  const mebibyte = 1024 * 1024;

  test("of headers is refused with 431 at every route, before the rest of it came", async () => {
    for (const route of routes.all()) {
      const { pathname } = new URL(addressOf(route));
      // No more is sent than what is over the limit: the answer comes while most of it is still to come.
      const { status } = await halfSent(stack.url, [
        `${route.method} ${pathname} HTTP/1.1`,
        `cookie: a=${"a".repeat(32 * 1024)}`,
      ]);
      expect([named(route), status]).toEqual([named(route), 431]);
    }
  });

  /** What takes more: files, packs and GitHub's own deliveries. What is too large there is in other tests. */
  const takesMore = /^\/api\/(v1\/commits|v3|graphql|github(-lite)?\/webhooks)|^\/proxy|^\/as\/|^\/:owner/;

  test.each(["whose length is said", "in chunks"])(
    "as a body %s is refused with 413 at every other route",
    async (how) => {
      const host = await stack.bot(`host-${how.length}`, "platform");
      const before = await stored(stack);
      let refused = 0;
      for (const route of routes.all().filter((one) => writes(one) && !takesMore.test(one.path))) {
        const { pathname } = new URL(addressOf(route));
        const length = how === "in chunks" ? "transfer-encoding: chunked" : `content-length: ${mebibyte}`;
        const part = "a".repeat(how === "in chunks" ? 200 * 1024 : 1);
        const head = [
          `${route.method} ${pathname} HTTP/1.1`,
          length,
          `content-type: ${isPage(route) ? "application/x-www-form-urlencoded" : "application/json"}`,
          "sec-fetch-site: same-origin",
          "origin: null",
          `cookie: ${admin.cookies(stack.url)}`,
          ...(isPage(route) ? [] : [`authorization: Bearer ${route.path.includes("passes") ? person.key : host.key}`]),
          "",
        ];
        const body = how === "in chunks" ? [part.length.toString(16), part] : [part];
        const { status } = await halfSent(stack.url, [...head, ...body]);
        expect([named(route), status]).toEqual([named(route), 413]);
        refused++;
      }
      expect(refused).toBeGreaterThan(25);
      expect(await stored(stack)).toEqual(before);
    },
  );
});

test("HTML in whatever a provider, a bot, a platform or an admin can fill is text on every page", async () => {
  const filled = await fillWithMarkup(sample);
  const looks = [
    ...pageList.map(({ as, path }) => ({ browser: sample.browsers[as], url: `${stack.url}${path(sample)}` })),
    ...routes
      .all()
      .filter((route) => isPage(route) && !writes(route))
      .flatMap((route) => [admin, sample.browsers.member].map((browser) => ({ browser, url: addressOf(route) }))),
  ];
  const shown = new Set<string>();
  for (const { browser, url } of looks) {
    const { status, text, headers } = await browser.open(url);
    expect(status, url).toBeLessThan(500);
    for (const field of filled) if (text.includes(`${field} &lt;img`)) shown.add(field);
    if (!headers.get("content-type")?.startsWith("text/html")) continue;
    expect(text, url).not.toMatch(/<img src=x|alert\(1\)&gt;"'|href="javascript/);
  }
  expect([...shown].sort()).toEqual([...filled].sort());
});
