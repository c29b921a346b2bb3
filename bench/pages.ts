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
  startMs: number;
  idle: number | null;
}

async function measure(
  deps: BenchDeps,
  { installation, url, cookie }: { installation: Installation; url: string; cookie: string },
  { rounds, starts, idleMs }: Size,
): Promise<Measured> {
  const { progress, signal } = deps;
  progress(`Starting onbehalf ${starts === 1 ? "once" : `${starts} times`}.`);
  const startTimes: number[] = [];
  for (let turn = 1; turn < starts; turn++) {
    const { onbehalf, ms } = await timeStart(deps, installation, url);
    startTimes.push(ms);
    await onbehalf.stop();
  }
  const { onbehalf, ms } = await timeStart(deps, installation, url);
  startTimes.push(ms);
  try {
    progress("Letting it wait, and asking for pages then.");
    await wait(idleMs, undefined, { signal });
    const idle = onbehalf.pid === undefined ? null : await rss(onbehalf.pid);
    const times = await timePages(deps, { url, cookie }, { paths, rounds });
    const weights = {
      accounts: await pageWeight(`${url}/accounts`, cookie),
      overview: await pageWeight(`${url}/admin`, cookie),
    };
    return { times, weights, startMs: median(startTimes), idle };
  } finally {
    await onbehalf.stop();
  }
}

type Size = typeof full;

function outcome({ times, weights, startMs, idle }: Measured, { accounts, events }: Size): Outcome {
  const [bare = 0, own = 0, overview = 0] = times.map(median);
  const kilobytes = (bytes: number) => Number((bytes / 1000).toFixed(1));
  const idleMb = idle === null ? null : Math.round(idle / 2 ** 20);
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
      start_ms: Math.round(startMs),
      idle_mb: idleMb,
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
      `From starting the process to its first page: ${Math.round(startMs)} ms.`,
      ...(idleMb === null ? [] : [`Memory while it waits: ${idleMb} MB.`]),
    ],
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
