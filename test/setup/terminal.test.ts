import { existsSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { parseEnv } from "node:util";
import { Command } from "commander";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { defaultSeed, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { setupCommand } from "../../src/cli/setup.ts";
import type { Environment } from "../../src/config/environment.ts";
import { createLog } from "../../src/log.ts";
import { listenForApp } from "../../src/start-setup.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { emptyFolder, runProgram } from "../harness/program.ts";

vi.setConfig({ testTimeout: 60_000 });

let sandbox: Sandbox;
let folder: Awaited<ReturnType<typeof emptyFolder>>;
beforeAll(async () => {
  sandbox = await startSandbox({ app: false, seed: { ...defaultSeed, repositories: [] } });
});
beforeEach(async () => {
  folder = await emptyFolder();
});
afterEach(() => folder.remove());
afterAll(() => sandbox.close());

const file = () => join(folder.path, "data/.env");
const written = async () => parseEnv(await readFile(file(), "utf8"));

interface Typed {
  /** What it wrote so far, to either stream. */
  output(): string;
  stdout: string[];
  /** Resolves with the error that it ended with. */
  ended: Promise<Error | null>;
}

/** `onbehalf setup` in this process, with options and what is typed into it. */
function setup(options: string[], input: string | Readable = "", environment: Environment = {}): Typed {
  const stdout: string[] = [];
  let stderr = "";
  const output = new PassThrough();
  output.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const log = createLog({ level: "debug" }, { write: (line) => void lines.push(line) });
  const program = new Command().exitOverride();
  setupCommand(program, {
    environment: {
      DATA_DIR: join(folder.path, "data"),
      GITHUB_URL: sandbox.webUrl,
      GITHUB_API_URL: sandbox.apiUrl,
      ...environment,
    },
    fetch: globalThis.fetch,
    print: (line) => void stdout.push(line),
    streams: { input: typeof input === "string" ? Readable.from([input]) : input, output },
    listenForApp: (request) => listenForApp({ log, fetch: globalThis.fetch }, request),
  });
  const ended = program.parseAsync(["setup", ...options], { from: "user" }).then(
    () => null,
    (error: Error) => error,
  );
  return { stdout, ended, output: () => stderr + stdout.join("\n") };
}

const lines: string[] = [];
const linkPattern = /http:\/\/127\.0\.0\.1:\d+\/setup\?token=[\w-]{43}/;

/** Opens the address that the terminal shows, and presses the buttons. */
async function create(link: string, login = "ada"): Promise<Page> {
  const browser = new Browser();
  const github = await browser.submit(await browser.open(link), "Go to GitHub and create it");
  return browser.submit(github, "Create GitHub App", { login, action: "create" });
}

/** Does so as soon as the address is shown, and waits for the end. */
async function finish(typed: Typed, login?: string): Promise<void> {
  const link = await Promise.race([typed.ended, vi.waitUntil(() => linkPattern.exec(typed.output())?.[0])]);
  if (typeof link !== "string") throw new Error(`it ended before: ${link?.message}`);
  await create(link, login);
  expect(await typed.ended).toBeNull();
}

let names = 0;
/** A name that no other test has given an app. */
const nextName = () => `terminal-${++names}`;

test("everything given as options: one JSON object, the same file, and a page that says to go back", async () => {
  const name = nextName();
  const given = ["--public-url", "https://bots.acme.example", "--owner", "acme", "--sign-in", "org:acme"];
  const program = runProgram(["setup", ...given, "--name", name, "--admin", "grace", "--json"], {
    folder: folder.path,
    environment: { GITHUB_URL: sandbox.webUrl, GITHUB_API_URL: sandbox.apiUrl },
  });
  const [link] = await program.says(linkPattern);
  const page = await create(link);
  expect(page.text).toContain("Go back to the terminal");
  expect(await program.ended).toBe(0);
  expect(JSON.parse(program.stdout())).toEqual({
    file: "data/.env",
    app_id: sandbox.app.id,
    app_name: name,
    owner: "acme",
    install_url: `${sandbox.webUrl}/apps/${name}/installations/new`,
    public_url: "https://bots.acme.example",
    admin_users: "gh.4712036",
  });
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  expect(await written()).toMatchObject({
    PUBLIC_URL: "https://bots.acme.example",
    APP_ID: String(sandbox.app.id),
    SIGN_IN: "org:acme",
    ADMIN_USERS: "gh.4712036",
    ENCRYPTION_KEYS: expect.stringMatching(/^k/),
  });
  expect(existsSync(join(folder.path, "data/setup-unfinished.json"))).toBe(false);
  for (const secret of [sandbox.app.clientSecret, sandbox.app.webhookSecret]) {
    expect(program.output()).not.toContain(secret);
  }
});

test("without options it asks, and proposes what it can", async () => {
  const program = setup([], `\n@me\n\n${nextName()}\n`, { PORT: "3456" });
  await finish(program, "linus");
  for (const words of [
    "[http://127.0.0.1:3456]",
    "GitHub lets only the owning account authorise and install it",
    "[closed]",
    "ssh -L",
    "The first admin is gh.1024025.",
    "Then start onbehalf: npm start",
  ]) {
    expect(program.output()).toContain(words);
  }
  expect(await written()).toMatchObject({ PUBLIC_URL: "http://127.0.0.1:3456", ADMIN_USERS: "gh.1024025" });
});

test("a wrong answer is asked for again, the others are not", async () => {
  const answers = ["http://example.com", "acme", "everybody", nextName(), "https://example.com", "closed", "@ada"];
  const program = setup([], `${answers.join("\n")}\n`);
  await finish(program);
  expect(program.output()).toContain("The address is http:// for a host that is not loopback");
  expect(program.output()).toContain("Choose who may sign in");
  expect(await written()).toMatchObject({ PUBLIC_URL: "https://example.com", ADMIN_USERS: "gh.583231" });
});

test("a wrong last answer is asked for again, too", async () => {
  const answers = ["https://example.com", "acme", "closed", nextName(), "nobody-at-all", "a b", "@ada"];
  const program = setup([], `${answers.join("\n")}\n`);
  await finish(program);
  expect(program.output().match(/Who is the first admin/g)).toHaveLength(3);
  expect(program.output()).toContain("There is no person");
  expect(await written()).toMatchObject({ ADMIN_USERS: "gh.583231" });
});

test.each([
  ["a wrong option", ["--owner", "@me", "--sign-in", "org:acme"], "GitHub lets nobody but you authorise"],
  ["an admin that GitHub doesn't know", ["--owner", "acme", "--admin", "nobody-at-all"], "There is no person"],
  ["an organisation as admin", ["--owner", "acme", "--admin", "acme"], "There is no person acme"],
  ["an admin that is no name", ["--owner", "acme", "--admin", "a b"], "is a GitHub login or gh.NUMBER"],
  ["nobody to answer", ["--owner", "acme"], "give the answers as options"],
])("%s ends it before anything is created", async (_what, options, words) => {
  const before = sandbox.app.id;
  const given = ["--public-url", "https://bots.acme.example", "--sign-in", "closed", "--name", "x"];
  expect((await setup([...given, ...options]).ended)?.message).toContain(words);
  expect(existsSync(file())).toBe(false);
  expect(sandbox.app.id).toBe(before);
});

test("what is set up already, or has a file that it would write, is left alone", async () => {
  const configured = await setup([], "", { APP_ID: "1" }).ended;
  expect(configured?.message).toMatch(/^A GitHub App is configured already/);
  await mkdir(join(folder.path, "data"));
  await writeFile(file(), "LOG_LEVEL=warn\n");
  expect((await setup(["--owner", "@me"]).ended)?.message).toContain("never writes over it");
  expect(await readFile(file(), "utf8")).toBe("LOG_LEVEL=warn\n");
});

test("what was interrupted after the app was created is finished", async () => {
  const given = ["--public-url", "https://bots.acme.example", "--owner", "acme", "--sign-in", "closed"];
  await finish(setup([...given, "--name", nextName(), "--admin", "ada"]));
  const { ADMIN_USERS, ...environment } = await written();
  expect(ADMIN_USERS).toBe("gh.583231");
  await rm(file());
  const unfinished = join(folder.path, "data/setup-unfinished.json");
  const owner = { id: 6154722, login: "acme", isOrganization: true };
  await writeFile(unfinished, JSON.stringify({ name: "An app", owner, installUrl: "http://127.0.0.1/", environment }));

  const program = setup(["--admin", "gh.4712036"]);
  expect(await program.ended).toBeNull();
  expect(program.output()).toContain("going on");
  expect(await written()).toEqual({ ...environment, ADMIN_USERS: "gh.4712036" });
  expect(existsSync(unfinished)).toBe(false);
});

test("what could not be written is written when somebody presses Enter", async () => {
  const answers = new PassThrough();
  const program = setup(["--owner", "@me", "--sign-in", "closed", "--name", nextName()], answers);
  answers.write("http://127.0.0.1:3000\n");
  const link = await vi.waitUntil(() => linkPattern.exec(program.output())?.[0]);
  await writeFile(file(), "LOG_LEVEL=warn\n");
  await create(link);
  await vi.waitUntil(() => program.output().includes("Mend that, then press Enter."));
  await rm(file());
  answers.write("\n");
  expect(await program.ended).toBeNull();
  expect(await written()).toMatchObject({ ADMIN_USERS: "gh.583231" });
});

test("nothing secret is in the log", async () => {
  await finish(setup(["--owner", "@me", "--name", nextName()], "\n\n"));
  const { GITHUB_CLIENT_SECRET = "", PRIVATE_KEY = "", ENCRYPTION_KEYS = "" } = await written();
  expect(lines.join("")).toContain("request during set-up");
  for (const secret of [GITHUB_CLIENT_SECRET, PRIVATE_KEY, ENCRYPTION_KEYS]) {
    expect(lines.join("")).not.toContain(secret);
  }
});
