import { beforeAll, expect, test } from "vitest";
import { answerGithub } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { committer, newcomer } from "../harness/people.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let browser: Browser;
beforeAll(async () => {
  browser = (await committer(stack)).browser;
});

function directives(page: Page): Map<string, string> {
  const policy = page.headers.get("content-security-policy") ?? "";
  return new Map(
    policy.split(";").map((directive) => {
      const [name = "", ...values] = directive.trim().split(" ");
      return [name, values.join(" ")];
    }),
  );
}

/** What every page must carry. */
function expectGuarded(page: Page): void {
  const policy = directives(page);
  const github = new URL(stack.sandbox.webUrl).origin;
  expect(policy.get("default-src")).toBe("'none'");
  expect(policy.get("style-src")).toBe("'self'");
  expect(policy.get("frame-ancestors")).toBe("'none'");
  expect(policy.get("base-uri")).toBe("'none'");
  expect(policy.get("form-action")).toBe(`'self' ${github}`);
  expect(policy.get("script-src")).toBe("'self'");
  expect(page.headers.get("content-security-policy")).not.toMatch(/unsafe|\*|data:/);
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  expect(page.headers.get("x-frame-options")).toBe("DENY");
  expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
  expect(page.headers.get("x-powered-by")).toBeNull();
  expect(page.headers.get("server")).toBeNull();
  expect(page.headers.get("strict-transport-security")).toBeNull();
}

/** Addresses of what a page loads by itself. */
function loadedBy(text: string): string[] {
  return [...text.matchAll(/<(?:img|link|script)[^>]*(?:src|href)="([^"]*)"/g)].map(([, address = ""]) => address);
}

function expectNotKept(page: Page): void {
  expect(page.headers.get("cache-control")).toBe("no-store");
}

test.each([
  { path: "/", status: 200, signedIn: false },
  { path: "/", status: 303, signedIn: true },
  { path: "/accounts", status: 200, signedIn: true },
  { path: "/accounts", status: 303, signedIn: false },
  { path: "/permissions", status: 200, signedIn: true },
  { path: "/permissions?bot=x", status: 303, signedIn: false },
  { path: "/connect/github/callback", status: 400, signedIn: true },
  { path: "/connect/nowhere/callback", status: 404, signedIn: false },
  { path: "/?done=a&done=b", status: 400, signedIn: false },
  { path: "/nowhere", status: 404, signedIn: false },
  { path: "/api/v1/commits", status: 404, signedIn: false },
  { path: "/healthz", status: 200, signedIn: false },
  { path: "/readyz", status: 200, signedIn: false },
])("GET $path ($status) carries the headers and is kept by no cache", async ({ path, status, signedIn }) => {
  const page = await (signedIn ? browser : new Browser()).request(`${stack.url}${path}`);
  expect(page.status).toBe(status);
  expectGuarded(page);
  expectNotKept(page);
});

test("so do refused forms, redirects to GitHub, and the callback", async () => {
  const visitor = new Browser();
  const refused = await visitor.request(`${stack.url}/sign-in/github`, { method: "POST" });
  expect(refused.status).toBe(403);
  const { callback } = await answerGithub(stack, visitor, "/sign-in/github", { login: newcomer(stack).login });
  const sent = visitor.seen.find((page) => page.url.endsWith("/sign-in/github") && page.status === 303);
  const arrived = await visitor.request(callback.href);
  expect(arrived.status).toBe(303);
  for (const page of [refused, sent, arrived]) {
    if (!page) throw new Error("there was no redirect to GitHub");
    expectGuarded(page);
    expectNotKept(page);
  }
});

test("pages hold no script but our own file, no inline style and nothing of another site but GitHub's pictures", async () => {
  for (const path of ["/", "/accounts", "/permissions", "/connect/github/callback"]) {
    for (const visitor of [browser, new Browser()]) {
      const page = await visitor.open(`${stack.url}${path}`);
      const text = page.text.replace('<script src="/static/local-time.js" defer></script>', "");
      expect(text).not.toMatch(/<script|<style|<iframe|\sstyle=|\son[a-z]+=|javascript:/i);
      const loaded = [...text.matchAll(/<(?:img|link)[^>]*(?:src|href)="([^"]*)"/g)].map(([, address = ""]) => address);
      expect(loaded.length).toBeGreaterThan(0);
      for (const address of loaded) {
        expect(address).toMatch(new RegExp(`^(/|${stack.sandbox.webUrl}/avatars/)`));
      }
    }
  }
});

test("13 the callback's page loads nothing from anybody else, and tells nobody its address", async () => {
  const { text, headers } = await browser.open(`${stack.url}/connect/github/callback?code=a&state=b`);
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(text).toContain("Signed in as");
  expect(text).not.toContain(stack.sandbox.webUrl);
  expect(text).not.toMatch(/<img/);
  for (const address of loadedBy(text)) expect(address).toMatch(/^\/static\//);
});

test("14 no script of ours sends or takes a message (postMessage), and no page of another site has a hold on ours", async () => {
  const page = await browser.open(`${stack.url}/accounts`);
  const scripts = loadedBy(page.text).filter((address) => address.endsWith(".js"));
  expect(scripts.length).toBeGreaterThan(0);
  for (const path of scripts) {
    const { text } = await browser.open(new URL(path, stack.url).href);
    expect(text).not.toMatch(/postMessage|onmessage|["'`]message["'`]|opener|BroadcastChannel/);
  }
  expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
});

test("stylesheets, pictures and scripts of ours may be kept, and carry the headers too", async () => {
  const { text } = await browser.open(`${stack.url}/accounts`);
  const files = [...text.matchAll(/<(?:link|script)[^>]*(?:href|src)="(\/static\/[^"]*)"/g)].map(
    ([, path = ""]) => path,
  );
  expect(files.length).toBeGreaterThan(3);
  for (const path of files) {
    const file = await new Browser().request(`${stack.url}${path}`);
    expect(file.status).toBe(200);
    expect(file.headers.get("content-type")).toMatch(/^(text\/css|text\/javascript|image\/svg\+xml)/);
    expect(file.headers.get("cache-control")).toBe("public, max-age=3600");
    expect(file.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(file.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("no folder is served beside them", async () => {
  for (const path of ["/static/", "/static/..%2fpackage.json", "/static/..%5c..%5cpackage.json", "/static/primer"]) {
    expect((await new Browser().request(`${stack.url}${path}`)).status).toBe(404);
  }
});

test("each answer names the request that the log knows it by", async () => {
  const page = await browser.request(`${stack.url}/accounts`);
  const id = page.headers.get("x-request-id") ?? "";
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(stack.log.some((line) => line.includes(id))).toBe(true);
});

test("the log names a callback without its code and state", async () => {
  const visitor = new Browser();
  const { callback } = await answerGithub(stack, visitor, "/sign-in/github", { login: newcomer(stack).login });
  await visitor.request(callback.href);
  const lines = stack.log.join("\n");
  expect(lines).toContain('"/connect/github/callback"');
  for (const value of callback.searchParams.values()) expect(lines).not.toContain(value);
});
