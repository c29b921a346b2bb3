import { setTimeout as wait } from "node:timers/promises";
import type { Installation } from "../demo/onbehalf.ts";
import { countDays } from "../src/actions/audit/count-days.ts";
import { hashSecret, newSecret } from "../src/actions/sign-in/secrets.ts";
import { requireMasterKeys } from "../src/config/encryption-keys.ts";
import { createKeyring, generateMasterKey } from "../src/crypto/keyring.ts";
import { createLog } from "../src/log.ts";
import { type Database, one, openDatabase } from "../src/store/database.ts";
import { freePort } from "../src/store/embedded/free-port.ts";
import { verifyEncryptionKeys } from "../src/store/encryption-keys.ts";
import { createSession } from "../src/store/sessions.ts";
import type { BenchDeps, Outcome } from "./benchmarks.ts";
import { fillAudit } from "./pages/fill-audit.ts";
import { pageWeight } from "./pages/page-weight.ts";
import { timeStart } from "./pages/start-time.ts";
import { timePages } from "./pages/time-pages.ts";
import { fillAccounts } from "./scale/fill-accounts.ts";
import { withDatabase } from "./stage/database.ts";
import { startGithub } from "./stage/github.ts";
import { median } from "./stage/median.ts";
import { rss } from "./stage/watch-process.ts";
import { table } from "./table.ts";

const full = { accounts: 100_000, events: 1_000_000, rounds: 300, starts: 7, idleMs: 15_000 };
const little = { accounts: 200, events: 2_000, rounds: 10, starts: 1, idleMs: 500 };
/** `/healthz` does nothing: what a request costs at all. */
const paths = ["/healthz", "/accounts", "/admin"] as const;

/** What pages take in a database in long use, what they weigh, and what onbehalf takes to start and to wait. */
export async function benchPages(deps: BenchDeps): Promise<Outcome> {
  const size = deps.quick ? little : full;
  return withDatabase(deps, async ({ url: databaseUrl, folder, github: githubData }) => {
    const masterKey = generateMasterKey();
    const cookie = await fill(deps, { databaseUrl, masterKey }, size);
    const url = `http://127.0.0.1:${await freePort()}`;
    const github = await startGithub({
      dataDir: githubData,
      latencyMs: 0,
      onbehalfUrl: url,
      people: [],
      repositories: [],
    });
    try {
      const installation: Installation = {
        folder,
        environment: {
          PUBLIC_URL: url,
          PORT: new URL(url).port,
          DATABASE_URL: databaseUrl,
          DATA_DIR: `${folder}/started`,
          ENCRYPTION_KEYS: masterKey,
          SIGN_IN: "open",
          ADMIN_USERS: "gh.1",
          GITHUB_URL: github.webUrl,
          GITHUB_API_URL: github.apiUrl,
          APP_ID: String(github.app.id),
          PRIVATE_KEY: github.app.privateKey,
          WEBHOOK_SECRET: github.app.webhookSecret,
          GITHUB_CLIENT_ID: github.app.clientId,
          GITHUB_CLIENT_SECRET: github.app.clientSecret,
        },
      };
      return outcome(await measure(deps, { installation, url, cookie }, size), size);
    } finally {
      await github.close();
    }
  });
}

/** @returns the cookie of the first person, who is an admin */
async function fill(
  deps: BenchDeps,
  { databaseUrl, masterKey }: { databaseUrl: string; masterKey: string },
  { accounts, events }: Size,
): Promise<string> {
  const log = createLog({ level: "warn" }, { write: (line) => process.stderr.write(line) });
  const database = openDatabase({ log }, { url: databaseUrl, statementTimeoutMs: 600_000 });
  const keyring = createKeyring(requireMasterKeys({ ENCRYPTION_KEYS: masterKey }));
  try {
    await verifyEncryptionKeys({ database, keyring });
    deps.progress(`Storing ${accounts.toLocaleString("en")} people with an account each.`);
    await fillAccounts(deps, { database, keyring }, { accounts, due: 0 });
    deps.progress(`Writing ${events.toLocaleString("en")} audit events.`);
    await fillAudit(deps, { database }, events);
    // As a running onbehalf has done by the time that there are so many.
    await countDays({ database }, () => deps.signal.aborted);
    return await signedIn(database);
  } finally {
    await database.close();
  }
}

async function signedIn(database: Database): Promise<string> {
  const secret = newSecret();
  const found = await database.query<{ user_id: string }>({
    text: "SELECT user_id FROM identities WHERE provider = 'github' AND provider_uid = '1'",
  });
  await createSession(database, { id: hashSecret(secret), userId: one(found).user_id, lifeSeconds: 86_400 });
  return `onbehalf=${secret}`;
}

interface Measured {
  times: number[][];
  weights: { accounts: number; overview: number };
  /** As the image is run, with Node's cache of compiled modules; and without it, as a first start. */
  cached: Waiting;
  first: Waiting;
}

interface Waiting {
  startMs: number;
  idle: number | null;
}

async function measure(
  deps: BenchDeps,
  { installation, url, cookie }: { installation: Installation; url: string; cookie: string },
  { rounds, starts, idleMs }: Size,
): Promise<Measured> {
  const cache = { NODE_COMPILE_CACHE: `${installation.folder}/compiled` };
  const withCache = { ...installation, environment: { ...installation.environment, ...cache } };
  deps.progress(`Starting onbehalf ${starts} times without Node's compile cache, and as often with it.`);
  const first = await waiting(deps, { installation, url, starts, idleMs });
  // This one fills it.
  await waiting(deps, { installation: withCache, url, starts: 1, idleMs: 0 });
  let found: Pick<Measured, "times" | "weights"> | undefined;
  const cached = await waiting(deps, { installation: withCache, url, starts, idleMs }, async () => {
    deps.progress("Asking for pages.");
    const times = await timePages(deps, { url, cookie }, { paths, rounds });
    const accounts = await pageWeight(`${url}/accounts`, cookie);
    found = { times, weights: { accounts, overview: await pageWeight(`${url}/admin`, cookie) } };
  });
  if (!found) throw new Error("no page was asked for");
  return { ...found, first, cached };
}

/** Starts onbehalf so many times, and lets the last one wait, and then work. */
async function waiting(
  deps: BenchDeps,
  { installation, url, starts, idleMs }: { installation: Installation; url: string; starts: number; idleMs: number },
  work: () => Promise<void> = async () => {},
): Promise<Waiting> {
  const times: number[] = [];
  for (let left = starts; left > 0; left--) {
    const { onbehalf, ms } = await timeStart(deps, installation, url);
    times.push(ms);
    try {
      if (left > 1) continue;
      await wait(idleMs, undefined, { signal: deps.signal });
      const idle = onbehalf.pid === undefined ? null : await rss(onbehalf.pid);
      await work();
      return { startMs: median(times), idle };
    } finally {
      await onbehalf.stop();
    }
  }
  throw new Error("onbehalf is started once at least");
}

type Size = typeof full;

function outcome({ times, weights, cached, first }: Measured, { accounts, events }: Size): Outcome {
  const [bare = 0, own = 0, overview = 0] = times.map(median);
  const kilobytes = (bytes: number) => Number((bytes / 1000).toFixed(1));
  const megabytes = (bytes: number | null) => (bytes === null ? null : Math.round(bytes / 2 ** 20));
  const row = (what: string, ms: number, weight: number | null) => [
    what,
    `${ms.toFixed(1)} ms`,
    (ms / bare).toFixed(1),
    weight === null ? "" : `${kilobytes(weight)} kB`,
  ];
  return {
    figures: {
      accounts_ms_p50: round(own),
      overview_ms_p50: round(overview),
      healthz_ms_p50: round(bare),
      ratio_healthz: { accounts: round(own / bare), overview: round(overview / bare) },
      page_kb: kilobytes(Math.max(weights.accounts, weights.overview)),
      page_kb_of: { accounts: kilobytes(weights.accounts), overview: kilobytes(weights.overview) },
      start_ms: Math.round(cached.startMs),
      start_ms_uncached: Math.round(first.startMs),
      idle_mb: megabytes(cached.idle),
      idle_mb_uncached: megabytes(first.idle),
      accounts,
      events,
    },
    report: [
      `${accounts.toLocaleString("en")} accounts and ${events.toLocaleString("en")} audit events; one request after the other.`,
      "",
      ...table([
        ["", "median", "of /healthz", "with all that it loads"],
        row("/healthz, which does nothing", bare, null),
        row("/accounts", own, weights.accounts),
        row("/admin, the overview", overview, weights.overview),
      ]),
      "",
      ...table([
        ["", "to the first page", "waiting"],
        ["with Node's compile cache", `${Math.round(cached.startMs)} ms`, `${megabytes(cached.idle) ?? "?"} MB`],
        ["without it", `${Math.round(first.startMs)} ms`, `${megabytes(first.idle) ?? "?"} MB`],
      ]),
    ],
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
