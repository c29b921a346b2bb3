import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Browser, type Page } from "../harness/browser.ts";
import { type SetupStack, startSetupStack } from "../harness/setup.ts";

const ofAcme = { owner: "organization", organization: "acme" };

let stack: SetupStack;
beforeEach(async () => {
  stack = await startSetupStack();
});
afterEach(() => stack.stop());

const file = (name: string) => join(stack.dataDir, name);
const written = async () => parseEnv(await readFile(file(".env"), "utf8"));
const tokens = () => stack.sandbox.grants().reduce((sum, grant) => sum + grant.tokens, 0);

/** At GitHub, which asks whether the app may act. */
const consent = (browser: Browser, page: Page) => browser.submit(page, "Sign in with GitHub");
const authorize = (browser: Browser, page: Page, login: string, action = "authorize") =>
  browser.submit(page, action === "authorize" ? "Authorize" : "Cancel", { login, action });

test("of an organisation's app is who signs in from set-up's browser; no token is left", async () => {
  const { browser, page } = await stack.create(ofAcme);
  expect(existsSync(file(".env"))).toBe(false);
  const done = await authorize(browser, await consent(browser, page), "grace");
  expect(done.url).toBe(`${stack.setup.url}/setup/done`);
  expect(await written()).toMatchObject({ ADMIN_USERS: "gh.4712036" });
  expect(existsSync(file("setup-unfinished.json"))).toBe(false);
  expect(tokens()).toBe(0);
});

test("of a person's app is that person, without another sign-in", async () => {
  const { page } = await stack.create({ owner: "own" }, "linus");
  expect(page.url).toBe(`${stack.setup.url}/setup/done`);
  expect(await written()).toMatchObject({ ADMIN_USERS: "gh.1024025" });
});

test("is not asked for where ADMIN_USERS is given", async () => {
  const named = await startSetupStack({ environment: { ADMIN_USERS: "ext.42" } });
  try {
    const { page } = await named.create(ofAcme);
    expect(page.url).toBe(`${named.setup.url}/setup/done`);
    const values = parseEnv(await readFile(join(named.dataDir, ".env"), "utf8"));
    expect(values).not.toHaveProperty("ADMIN_USERS");
  } finally {
    await named.stop();
  }
});

test("can cancel at GitHub, and try again", async () => {
  const { browser, page } = await stack.create(ofAcme);
  const cancelled = await authorize(browser, await consent(browser, page), "ada", "cancel");
  expect([cancelled.status, cancelled.text]).toEqual([400, expect.stringContaining("consent_refused")]);
  expect(existsSync(file(".env"))).toBe(false);
  const again = await browser.open(`${stack.setup.url}/setup`);
  expect((await authorize(browser, await consent(browser, again), "ada")).url).toContain("/setup/done");
});

test("is nobody from outside the organisation: GitHub does not let them authorise", async () => {
  const { browser, page } = await stack.create(ofAcme);
  expect((await authorize(browser, await consent(browser, page), "mallory")).status).toBe(404);
  expect(existsSync(file(".env"))).toBe(false);
});

test("is nobody whose redirect is another browser's, made up, used or late", async () => {
  const { browser, page } = await stack.create(ofAcme);
  const form = await consent(browser, page);
  const state = new URL(form.url).searchParams.get("state") ?? "";
  const callback = (query: string) => `${stack.setup.url}/connect/github/callback?code=1&state=${query}`;
  const other = (await stack.enter()).browser;
  expect((await other.open(callback(state))).text).toContain("state_foreign");
  expect((await browser.open(callback("made-up"))).text).toContain("state_unknown");
  stack.pass(10 * 60 * 1000 + 1);
  expect((await browser.open(callback(state))).text).toContain("state_expired");
  expect((await browser.open(callback(state))).text).toContain("state_used");
  expect((await new Browser().open(callback(state))).status).toBe(404);
  expect(existsSync(file(".env"))).toBe(false);
});

test("is nobody while GitHub fails, and the token that it gave is ended", async () => {
  const { browser, page } = await stack.create(ofAcme);
  stack.sandbox.faults.add({ match: { path: "/user" }, respond: { status: 503 } });
  const failed = await authorize(browser, await consent(browser, page), "ada");
  expect([failed.status, failed.text]).toEqual([502, expect.stringContaining("provider_refused")]);
  expect(existsSync(file(".env"))).toBe(false);
  expect(tokens()).toBe(0);
});

test("can still come after an interruption: the app's keys were kept, for this account alone", async () => {
  await stack.create(ofAcme);
  const kept = file("setup-unfinished.json");
  expect((await stat(kept)).mode & 0o777).toBe(0o600);
  const before = stack.setup.link;
  await stack.restart();
  expect(stack.setup.link).not.toBe(before);
  expect((await new Browser().open(before)).status).toBe(404);

  const { browser, page } = await stack.enter();
  expect(page.url).toBe(`${stack.setup.url}/setup/sign-in`);
  const done = await authorize(browser, await consent(browser, page), "ada");
  expect(done.url).toBe(`${stack.setup.url}/setup/done`);
  expect(await written()).toMatchObject({ APP_ID: String(stack.sandbox.app.id), ADMIN_USERS: "gh.583231" });
  expect(existsSync(kept)).toBe(false);
});

test("what an interruption left behind and can't be understood stops the start, and stays", async () => {
  await stack.create(ofAcme);
  await writeFile(file("setup-unfinished.json"), '{"name": "half a fi');
  await expect(stack.restart()).rejects.toThrow("is of an interrupted set-up and can't be understood");
  expect(await readFile(file("setup-unfinished.json"), "utf8")).toBe('{"name": "half a fi');
});
