import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigError } from "../../src/config/environment.ts";
import { Browser } from "../harness/browser.ts";
import { type SetupStack, startSetupStack } from "../harness/setup.ts";

let stack: SetupStack;
beforeEach(async () => {
  stack = await startSetupStack();
});
afterEach(() => stack.stop());

const file = () => join(stack.dataDir, ".env");

test("onbehalf takes over at the same address, with what was written", async () => {
  const { browser, page } = await stack.create({ owner: "own" });
  const { port } = new URL(stack.setup.url);
  const home = await browser.submit(page, "Go on");
  expect([home.url, home.text]).toEqual([`${stack.setup.url}/`, "onbehalf runs"]);
  await stack.setup.done;
  expect(stack.takeovers).toMatchObject([
    { port: Number(port), environment: parseEnv(await readFile(file(), "utf8")) },
  ]);
  expect(browser.cookies(stack.setup.url)).toBe("");
  // The link is of no use any more: whoever answers here is not set-up.
  expect((await new Browser().open(stack.setup.link)).text).toBe("onbehalf runs");
});

test("pressed twice it starts once", async () => {
  const { browser, page } = await stack.create({ owner: "own" });
  const pages = await Promise.all([browser.submit(page, "Go on"), browser.submit(page, "Go on")]);
  for (const { text } of pages) expect(text).toBe("onbehalf runs");
  expect(stack.takeovers).toHaveLength(1);
});

test("does not start before the file is written", async () => {
  const { browser, page } = await stack.enter();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
  const refused = await browser.post(`${stack.setup.url}/setup/start`, { csrf });
  expect(refused.url).toBe(`${stack.setup.url}/setup`);
  expect(stack.takeovers).toEqual([]);
});

test("a start that fails is told on the page and to whoever started set-up", async () => {
  stack.failStart(new ConfigError(["DATABASE_URL is wrong."]));
  const { browser, page } = await stack.create({ owner: "own" });
  const failed = await browser.submit(page, "Go on");
  expect([failed.status, failed.text]).toEqual([500, expect.stringContaining("onbehalf did not start")]);
  await expect(stack.setup.done).rejects.toThrow("DATABASE_URL is wrong.");
  await expect(fetch(stack.setup.url)).rejects.toThrow("fetch failed");
});

test("the done page names the file, the admin, the install link and what to do for a first commit", async () => {
  const { page } = await stack.create({ owner: "own" });
  const { app, webUrl } = stack.sandbox;
  for (const words of [
    `<code>${file()}</code>`,
    "gh.583231",
    `href="${webUrl}/apps/${app.slug}/installations/new"`,
    "npm run -s onbehalf -- bots create my-bot",
    `curl ${stack.setup.url}/api/v1/commits`,
  ]) {
    expect(page.text).toContain(words);
  }
});

test("a file that came meanwhile is not written over; once it is away, the keys are written", async () => {
  const { browser, page } = await stack.enter();
  const create = await browser.submit(page, "Go on", { owner: "own" });
  const github = await browser.submit(create, "Go to GitHub and create it");
  await writeFile(file(), "LOG_LEVEL=warn\n");
  const failed = await browser.submit(github, "Create GitHub App", { login: "ada", action: "create" });
  expect([failed.status, failed.url]).toEqual([500, `${stack.setup.url}/setup/save`]);
  expect(failed.text).toContain(".env exists already, and set-up never writes over it");
  expect((await browser.submit(failed, "Try again")).status).toBe(500);
  expect(await readFile(file(), "utf8")).toBe("LOG_LEVEL=warn\n");

  await rm(file());
  const done = await browser.submit(failed, "Try again");
  expect(done.url).toBe(`${stack.setup.url}/setup/done`);
  expect(parseEnv(await readFile(file(), "utf8"))).toMatchObject({ APP_ID: String(stack.sandbox.app.id) });
});

test("keys of an organisation's app that could not be kept are kept at the second try", async () => {
  const { browser, page } = await stack.enter();
  const create = await browser.submit(page, "Go on", { owner: "organization", organization: "acme" });
  const github = await browser.submit(create, "Go to GitHub and create it");
  const kept = join(stack.dataDir, "setup-unfinished.json");
  await mkdir(kept);
  const failed = await browser.submit(github, "Create GitHub App", { login: "ada", action: "create" });
  expect(failed.status).toBe(500);
  await rm(kept, { recursive: true });
  expect((await browser.submit(failed, "Try again")).url).toBe(`${stack.setup.url}/setup/sign-in`);
  expect(existsSync(kept)).toBe(true);
});
