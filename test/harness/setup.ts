import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { defaultSeed } from "../../sandbox/seed.ts";
import type { Environment } from "../../src/config/environment.ts";
import { readSetupConfig } from "../../src/config/setup-config.ts";
import { createLog } from "../../src/log.ts";
import { type Setup, startSetup, type Takeover } from "../../src/start-setup.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { Browser, type Page } from "./browser.ts";

/** Set-up in this process, with a GitHub that has no app yet. What it would start is a server that says so. */
export interface SetupStack {
  setup: Setup;
  sandbox: Sandbox;
  dataDir: string;
  /** Every log line, as it was written. */
  log: string[];
  /** What was started for real. */
  takeovers: Takeover[];
  /** Makes time pass for set-up. */
  pass(milliseconds: number): void;
  /** The start for real fails with this. */
  failStart(error: Error): void;
  /** A browser that came by the link, at the first question. */
  enter(): Promise<{ browser: Browser; page: Page }>;
  /** From the first question to the app at GitHub. */
  create(answers: Record<string, string>, login?: string): Promise<{ browser: Browser; page: Page }>;
  /** Another process on the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSetupStack(
  options: { environment?: Environment; fetch?: typeof globalThis.fetch } = {},
): Promise<SetupStack> {
  const sandbox = await startSandbox({ app: false, seed: { ...defaultSeed, repositories: [] } });
  const folder = await mkdtemp(join(tmpdir(), "onbehalf-setup-"));
  const dataDir = join(folder, "data");
  const environment: Environment = {
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    GITHUB_URL: sandbox.webUrl,
    GITHUB_API_URL: sandbox.apiUrl,
    ...options.environment,
  };
  const log: string[] = [];
  const takeovers: Takeover[] = [];
  let passed = 0;
  let failure: Error | null = null;

  async function startReal(takeover: Takeover): Promise<{ stop(): Promise<void> }> {
    takeovers.push(takeover);
    if (failure) throw failure;
    await takeover.releasePort();
    const server = createServer((_request, response) => response.end("onbehalf runs"));
    server.listen(takeover.port, "127.0.0.1");
    await once(server, "listening");
    return {
      async stop() {
        server.close();
        server.closeAllConnections();
        await once(server, "close");
      },
    };
  }
  const begin = () =>
    startSetup(
      {
        log: createLog({ level: "debug" }, { write: (line) => void log.push(line) }),
        fetch: options.fetch ?? globalThis.fetch,
        now: () => performance.now() + passed,
        start: startReal,
      },
      readSetupConfig(environment),
    );

  const stack: SetupStack = {
    setup: await begin(),
    sandbox,
    dataDir,
    log,
    takeovers,
    pass: (milliseconds) => {
      passed += milliseconds;
    },
    failStart: (error) => {
      failure = error;
    },
    async enter() {
      const browser = new Browser();
      return { browser, page: await browser.open(stack.setup.link) };
    },
    async create(answers, login = "ada") {
      const { browser, page } = await stack.enter();
      const create = await browser.submit(page, "Go on", answers);
      const github = await browser.submit(create, "Go to GitHub and create it");
      return { browser, page: await browser.submit(github, "Create GitHub App", { login, action: "create" }) };
    },
    async restart() {
      await stack.setup.stop();
      stack.setup = await begin();
    },
    async stop() {
      await stack.setup.stop();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return stack;
}
