import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AppControls,
  newAppKeys,
  type RecordedRequest,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../sandbox/index.ts";
import { createBot } from "../../src/actions/bots/create-bot.ts";
import { grantDelegation } from "../../src/actions/delegations/grant-delegation.ts";
import type { GithubProvider } from "../../src/config/github-app.ts";
import { type Environment, readConfig } from "../../src/config/read-config.ts";
import { generateMasterKey } from "../../src/crypto/keyring.ts";
import { createLog } from "../../src/log.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { createRequestIds } from "../../src/request-ids.ts";
import { type Running, start } from "../../src/start.ts";
import type { BotKind } from "../../src/store/bots.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { findUser, parseUserReference } from "../../src/store/users.ts";
import { undocumented } from "./api-document.ts";
import { Browser, type Page } from "./browser.ts";
import { createTestDatabase } from "./database.ts";

/** Made once a process: for a stack of each file they would take longer than its database. */
const appKeys = newAppKeys();
let liteKeys: typeof appKeys | undefined;

export interface ApiAnswer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface CallOptions {
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
  url?: string;
}

/** onbehalf on a port of its own, with a database of its own and a sandbox GitHub. */
export interface Stack {
  url: string;
  /** Its record of requests is without those for failed deliveries, which replicas make when they like. */
  sandbox: Sandbox;
  /** Those requests. */
  deliveryRequests(): RecordedRequest[];
  database: Database;
  databaseUrl: string;
  environment: Environment;
  /** Every log line, as it was written. */
  log: string[];
  /** Every answer of the API. */
  answers: ApiAnswer[];
  /** Signs a person in through the real pages. */
  signIn(login: string, browser?: Browser): Promise<{ browser: Browser; page: Page }>;
  /** Signs in and connects GitHub, or the App that the test names, through the real pages. */
  connect(
    login: string,
    browser?: Browser,
    provider?: GithubProvider,
  ): Promise<{ browser: Browser; page: Page; userId: string }>;
  /** A bot with its key. */
  bot(name: string, kind?: BotKind): Promise<{ id: string; name: string; key: string }>;
  /** Lets a bot commit as a user, or whatever else the test names. */
  delegate(
    user: string,
    bot: string,
    repositories: string[],
    branches?: string[],
    capabilities?: string[],
    provider?: GithubProvider,
  ): Promise<string>;
  /** A request to the API, of this replica unless the test names another one's address. */
  call(method: string, path: string, options?: CallOptions): Promise<ApiAnswer>;
  /** Commits a file, with whatever the test changes about it. */
  commit(key: string, change?: Record<string, unknown>, options?: Omit<CallOptions, "body">): Promise<ApiAnswer>;
  /** Another replica on the same database. */
  replica(environment?: Environment): Promise<Running>;
  /** Stops the replica at `url`, and starts another one there. */
  restart(environment: Environment): Promise<void>;
  stop(): Promise<void>;
}

export interface StackOptions {
  environment?: Environment;
  sandbox?: SandboxOptions;
  providers?: Provider[];
  /** A second App at GitHub, configured as the provider `github-lite`. */
  lite?: boolean;
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { providers = [], lite = false } = options;
  if (lite) liteKeys ??= newAppKeys();
  const second = lite ? { secondApp: true, ...(liteKeys ? { secondAppKeys: liteKeys } : {}) } : {};
  const github = await startSandbox({ appKeys, ...second, ...options.sandbox });
  const sandbox = withoutDeliveryRequests(github);
  const testDatabase = await createTestDatabase();
  // PUBLIC_URL must be known before the server listens.
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const dataDir = join(tmpdir(), `onbehalf-data-${randomUUID()}`);
  const environment: Environment = {
    PUBLIC_URL: publicUrl,
    PORT: String(port),
    DATABASE_URL: testDatabase.url,
    DATA_DIR: dataDir,
    ENCRYPTION_KEYS: generateMasterKey(),
    SIGN_IN: "open",
    GITHUB_URL: sandbox.webUrl,
    GITHUB_API_URL: sandbox.apiUrl,
    APP_ID: String(sandbox.app.id),
    PRIVATE_KEY: sandbox.app.privateKey,
    WEBHOOK_SECRET: sandbox.app.webhookSecret,
    GITHUB_CLIENT_ID: sandbox.app.clientId,
    GITHUB_CLIENT_SECRET: sandbox.app.clientSecret,
    LOG_LEVEL: "debug",
    // Believes the addresses that the harness's browsers give themselves.
    TRUST_PROXY: "127.0.0.1",
    ...(github.second ? liteEnvironment(github.second) : {}),
    ...options.environment,
  };
  sandbox.setCallbackUrls([`${publicUrl}/connect/github/callback`]);
  sandbox.setWebhookUrl(`${publicUrl}/api/github/webhooks`);
  sandbox.second?.setCallbackUrls([`${publicUrl}/connect/github-lite/callback`]);
  sandbox.second?.setWebhookUrl(`${publicUrl}/api/github-lite/webhooks`);
  const lines: string[] = [];
  const requestIds = createRequestIds();
  const log = createLog({ level: "debug" }, { write: (line) => void lines.push(line) }, requestIds);
  let running = await start({ log, fetch: globalThis.fetch, providers, requestIds }, readConfig(environment));
  const replicas: Running[] = [];
  const database = openDatabase({ log }, { url: testDatabase.url, connections: 4 });
  const answers: ApiAnswer[] = [];

  const stack: Stack = {
    url: publicUrl,
    sandbox,
    deliveryRequests: () => github.requests.filter(isDeliveryRequest),
    database,
    databaseUrl: testDatabase.url,
    environment,
    log: lines,
    answers,

    async signIn(login, browser = new Browser()) {
      const start = await browser.open(`${publicUrl}/`);
      const consent = await browser.submit(start, "Sign in with GitHub");
      const page = await browser.submit(consent, "Authorize", { login, action: "authorize" });
      return { browser, page };
    },

    async connect(login, known, provider = "github") {
      const { browser } = known ? { browser: known } : await stack.signIn(login);
      const accounts = await browser.open(`${publicUrl}/accounts`);
      const consent = await browser.submit(accounts, `/connect/${provider}`);
      const page = await browser.submit(consent, "Authorize", { login, action: "authorize" });
      const { rows } = await database.query<{ user_id: string }>({
        text: "SELECT user_id FROM identities WHERE login = $1",
        values: [login],
      });
      return { browser, page, userId: rows[0]?.user_id ?? "" };
    },

    async bot(name, kind = "bot") {
      const { bot, key } = await createBot({ database }, { name, kind });
      return { id: bot.id, name, key };
    },

    async delegate(user, botName, repositories, branches = [], capabilities = ["commit"], provider = "github") {
      const reference = parseUserReference(user);
      const found = reference && (await findUser(database, reference));
      const { rows } = await database.query<{ id: string; name: string }>({
        text: "SELECT id, name FROM bots WHERE name = $1 AND revoked_at IS NULL",
        values: [botName],
      });
      const bot = rows[0];
      if (!found || !bot) throw new Error(`no user ${user} or no bot ${botName}`);
      return grantDelegation(
        { database },
        {
          userId: found.id,
          bot: { id: bot.id, name: bot.name, kind: "bot" },
          provider,
          repositories,
          branches,
          capabilities,
          endsAt: null,
          grantedBy: "operator",
        },
      );
    },

    async call(method, path, { key, body, headers = {}, url = publicUrl } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(key ? { authorization: `Bearer ${key}` } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const answer = { status: response.status, headers: response.headers, body: readObject(text) };
      answers.push(answer);
      const fault = await undocumented(method, path, { ...answer, body: text === "" ? null : answer.body });
      if (fault) throw new Error(fault);
      return answer;
    },

    commit: (key, change = {}, options = {}) =>
      stack.call("POST", "/api/v1/commits", {
        key,
        ...options,
        body: {
          user: "gh.583231",
          repository: "acme/site",
          branch: "main",
          message: { headline: "Say hello" },
          changes: [{ path: "hello.txt", content: "hello\n" }],
          ...change,
        },
      }),

    async replica(changes = {}) {
      const other = await start(
        { log, fetch: globalThis.fetch, providers, requestIds },
        readConfig({ ...environment, ...changes, PORT: "0" }),
      );
      replicas.push(other);
      return other;
    },

    async restart(changes) {
      await running.stop();
      running = await start(
        { log, fetch: globalThis.fetch, providers, requestIds },
        readConfig({ ...environment, ...changes }),
      );
    },

    async stop() {
      for (const replica of replicas) await replica.stop();
      await running.stop();
      await database.close();
      await sandbox.close();
      await testDatabase.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return stack;
}

/** What an operator would configure for the second App. */
export function liteEnvironment({ app }: AppControls): Environment {
  return {
    GITHUB_LITE_APP_ID: String(app.id),
    GITHUB_LITE_PRIVATE_KEY: app.privateKey,
    GITHUB_LITE_WEBHOOK_SECRET: app.webhookSecret,
    GITHUB_LITE_CLIENT_ID: app.clientId,
    GITHUB_LITE_CLIENT_SECRET: app.clientSecret,
  };
}

function isDeliveryRequest({ path }: RecordedRequest): boolean {
  return path.includes("/app/hook/deliveries");
}

function withoutDeliveryRequests(sandbox: Sandbox): Sandbox {
  const requests = { get: () => sandbox.requests.filter((request) => !isDeliveryRequest(request)) };
  const view: Sandbox = Object.create(sandbox, { requests });
  return view;
}

function readObject(text: string): Record<string, unknown> {
  if (text === "") return {};
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? { ...value } : {};
}
