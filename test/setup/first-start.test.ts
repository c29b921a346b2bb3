import { execFileSync } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { createTestDatabase } from "../harness/database.ts";
import { emptyFolder, type Program, runProgram } from "../harness/program.ts";

// It starts real processes, and the first of them a PostgreSQL.
vi.setConfig({ testTimeout: 90_000 });

let sandbox: Sandbox;
let folder: Awaited<ReturnType<typeof emptyFolder>>;
const programs: Program[] = [];

beforeEach(async () => {
  sandbox = await startSandbox({ app: false });
  folder = await emptyFolder();
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop();
  await sandbox.close();
  await folder.remove();
});

function start(environment: Record<string, string> = {}): Program {
  const program = runProgram(["start"], {
    folder: folder.path,
    environment: { GITHUB_URL: sandbox.webUrl, GITHUB_API_URL: sandbox.apiUrl, ...environment },
  });
  programs.push(program);
  return program;
}

async function command(...args: string[]): Promise<string> {
  const program = runProgram(args, { folder: folder.path });
  expect([await program.ended, program.output()]).toEqual([0, expect.anything()]);
  return program.stdout().trim();
}

const linkPattern = /until that is done: (http:\/\/127\.0\.0\.1:\d+\/setup\?token=([A-Za-z0-9_-]{43}))\n/;

/** The pages as a person goes through them, until the app exists. */
async function createApp(browser: Browser, link: string, answers: Record<string, string>): Promise<Page> {
  const questions = await browser.open(link);
  const create = await browser.submit(questions, "Go on", answers);
  const github = await browser.submit(create, "Go to GitHub and create it");
  return browser.submit(github, "Create GitHub App", { login: "ada", action: "create" });
}

/** Says who they are at GitHub, and authorises. */
const authorize = (browser: Browser, page: Page, login = "ada") =>
  browser.submit(page, "Authorize", { login, action: "authorize" });

test("a start without configuration leads through set-up to a first commit", async () => {
  const port = await freePort();
  const program = start({ PORT: String(port) });
  const [, link = "", token = ""] = await program.says(linkPattern);
  const browser = new Browser();

  const signIn = await createApp(browser, link, { owner: "organization", organization: "acme" });
  expect(signIn.url).toBe(`http://127.0.0.1:${port}/setup/sign-in`);
  const done = await authorize(browser, await browser.submit(signIn, "Sign in with GitHub"));
  expect(done.url).toBe(`http://127.0.0.1:${port}/setup/done`);

  const installUrl = /href="([^"]*\/installations\/new)"/.exec(done.text)?.[1] ?? "";
  const installed = await browser.submit(await browser.open(installUrl), "Install", { action: "install" });
  // GitHub sends the owner to a page of onbehalf, which does not run yet.
  expect(installed.url).toBe(done.url);

  const home = await browser.submit(done, "Go on");
  expect(home.url).toBe(`http://127.0.0.1:${port}/`);
  const accounts = await authorize(browser, await browser.submit(home, "Sign in with GitHub"));
  expect(accounts.url).toBe(`http://127.0.0.1:${port}/accounts`);
  await authorize(browser, await browser.submit(accounts, "/connect/github"));

  const key = await command("bots", "create", "my-bot");
  const permissions = await browser.open(`http://127.0.0.1:${port}/permissions`);
  const bot = /<option value="([^"]+)">my-bot/.exec(permissions.text)?.[1] ?? "";
  await browser.submit(permissions, "Let the bot act as you", { bot, repositories: "acme/site", capability: "commit" });

  const body = /-d '(\{.*?\})'/.exec(done.text)?.[1]?.replaceAll("&quot;", '"') ?? "";
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/commits`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: body.replace("REPOSITORY", "site"),
  });
  expect(await answer.json()).toMatchObject({ attribution: "user", verified: true, author: { login: "ada" } });
  const { path } = sandbox.repository("acme/site");
  const shown = execFileSync("git", ["--git-dir", path, "log", "-1", "--format=%an|%cn|%s", "main"]);
  expect(shown.toString().trim()).toBe("Ada Lovelace|GitHub|Say hello");

  // The admin is who signed in during set-up.
  expect(parseEnv(await readFile(join(folder.path, "data/.env"), "utf8"))).toMatchObject({ ADMIN_USERS: "gh.583231" });
  expect(program.output().split(token)).toHaveLength(2);
});

test("the file is its owner's alone, and the next start runs with it", async () => {
  const port = String(await freePort());
  const program = start({ PORT: port });
  const [, link = ""] = await program.says(linkPattern);
  const done = await createApp(new Browser(), link, { owner: "own" });
  expect(done.url).toBe(`http://127.0.0.1:${port}/setup/done`);
  expect(await program.stop()).toBe(0);

  const file = join(folder.path, "data/.env");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const values = parseEnv(await readFile(file, "utf8"));
  expect(values).toEqual({
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    GITHUB_URL: sandbox.webUrl,
    GITHUB_API_URL: sandbox.apiUrl,
    APP_ID: String(sandbox.app.id),
    GITHUB_CLIENT_ID: sandbox.app.clientId,
    GITHUB_CLIENT_SECRET: sandbox.app.clientSecret,
    WEBHOOK_SECRET: sandbox.app.webhookSecret,
    PRIVATE_KEY: Buffer.from(sandbox.app.privateKey).toString("base64"),
    ENCRYPTION_KEYS: expect.stringMatching(/^k[0-9a-f]{12}:[A-Za-z0-9+/]{43}=$/),
    SIGN_IN: "closed",
    ADMIN_USERS: "gh.583231",
    PORT: port,
  });

  const secrets = ["GITHUB_CLIENT_SECRET", "WEBHOOK_SECRET", "PRIVATE_KEY", "ENCRYPTION_KEYS"].map(
    (name) => values[name] ?? "",
  );
  const database = await createTestDatabase();
  const second = start({ DATABASE_URL: database.url });
  await second.says(/onbehalf is listening/);
  const { page } = await signIn(`http://127.0.0.1:${port}`);
  expect(page.url).toBe(`http://127.0.0.1:${port}/accounts`);
  await second.stop();
  await database.drop();
  for (const secret of [...secrets, sandbox.app.privateKey.split("\n")[1] ?? "", ...sandbox.issuedTokens()]) {
    expect(program.output() + second.output()).not.toContain(secret);
  }
});

async function signIn(url: string): Promise<{ browser: Browser; page: Page }> {
  const browser = new Browser();
  const consent = await browser.submit(await browser.open(url), "Sign in with GitHub");
  return { browser, page: await authorize(browser, consent) };
}
