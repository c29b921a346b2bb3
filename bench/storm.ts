import { generateMasterKey } from "../src/crypto/keyring.ts";
import type { BenchDeps, Outcome } from "./benchmarks.ts";
import { connectDirectly } from "./stage/connect-directly.ts";
import { withDatabase } from "./stage/database.ts";
import { startGithub } from "./stage/github.ts";
import { inTurns } from "./stage/in-turns.ts";
import { openTokenDeps } from "./stage/token-deps.ts";
import { authorizeDirectly } from "./stage/user-token.ts";
import { type Holder, playStorm, type Storm, type StormDeps } from "./storm/play.ts";
import { startReplica } from "./storm/replica.ts";
import { table } from "./table.ts";

/** The people of the storms on one account each come after each other; the first ones warm up. */
const full = { latencyMs: 200, callers: 1_000, warmUps: 2, storms: 5, accounts: 2_000 };
const little = { latencyMs: 50, callers: 60, warmUps: 0, storms: 1, accounts: 30 };
const replicaCount = 3;
/** Nobody listens there: nobody opens a page. */
const callbackUrl = "http://127.0.0.1:9/connect/github/callback";

/** Whether an expired token is refreshed once, however many ask for it in however many processes, and what they wait. */
export async function benchStorm(deps: BenchDeps): Promise<Outcome> {
  const size = deps.quick ? little : full;
  return withStorm(deps, size, async (storm, holders) => {
    deps.progress(`${size.callers} callers in ${replicaCount} processes ask for one expired account's token.`);
    const single: Storm[] = [];
    for (const [index, holder] of holders.slice(0, size.warmUps + size.storms).entries()) {
      deps.signal.throwIfAborted();
      const played = await playStorm(storm, [holder], { callers: size.callers, patient: false });
      if (index >= size.warmUps) single.push(played);
    }
    deps.progress(`${holders.length} accounts expire, and each is asked for at once.`);
    const mass = await playStorm(storm, holders, { callers: 1, patient: true });
    const figures = {
      refreshes: Math.max(...single.map(({ refreshes }) => refreshes)),
      slowest_over_provider_ms: Math.round(Math.max(...single.map(({ slowestMs }) => slowestMs)) - size.latencyMs),
      mass_refreshes: mass.refreshes,
      lost: mass.lost + single.reduce((sum, one) => sum + one.lost, 0),
      callers: size.callers,
      replicas: replicaCount,
      provider_ms: size.latencyMs,
      storms: single.length,
      mass_accounts: holders.length,
      mass_told_to_wait: mass.comeAgain,
      mass_seconds: Number((mass.slowestMs / 1000).toPrecision(3)),
    };
    return { figures, report: reportOf(figures) };
  });
}

type Figures = Record<
  "callers" | "replicas" | "storms" | "provider_ms" | "refreshes" | "slowest_over_provider_ms",
  number
> &
  Record<"mass_accounts" | "mass_refreshes" | "mass_told_to_wait" | "mass_seconds" | "lost", number>;

function reportOf(figures: Figures): string[] {
  const { callers, replicas, storms, provider_ms, mass_accounts, lost } = figures;
  return [
    `${callers} callers in ${replicas} processes, one expired account, ${storms} times; GitHub answers ${provider_ms} ms late. The worst of them:`,
    "",
    ...table([
      ["", ""],
      ["refreshes at GitHub", String(figures.refreshes)],
      ["the slowest caller's wait beyond GitHub's delay", `${figures.slowest_over_provider_ms} ms`],
    ]).slice(1),
    "",
    `${mass_accounts} expired accounts, all asked for at once:`,
    "",
    ...table([
      ["", ""],
      ["refreshes at GitHub", String(figures.mass_refreshes)],
      ["callers told to come again, who did", String(figures.mass_told_to_wait)],
      ["until the last caller has a token", `${figures.mass_seconds} s`],
      ["accounts lost, here and above", String(lost)],
    ]).slice(1),
  ];
}

/** A PostgreSQL, a GitHub and the replicas, each a process of its own, and people with accounts. */
async function withStorm<Result>(
  bench: BenchDeps,
  size: { latencyMs: number; accounts: number },
  work: (storm: StormDeps, holders: Holder[]) => Promise<Result>,
): Promise<Result> {
  return withDatabase(bench, async ({ url, github: dataDir }) => {
    const people = Array.from({ length: size.accounts }, (_, index) => ({
      login: `p-${index}`,
      uid: 7_000_001 + index,
    }));
    const undo: (() => Promise<void>)[] = [];
    try {
      bench.progress(`Starting a GitHub that answers ${size.latencyMs} ms late, and ${replicaCount} replicas.`);
      const onbehalfUrl = new URL(callbackUrl).origin;
      const order = { dataDir, latencyMs: size.latencyMs, onbehalfUrl, people, repositories: [] };
      const github = await startGithub(order);
      undo.push(github.close);
      const { app, webUrl, apiUrl } = github;
      const place = {
        databaseUrl: url,
        encryptionKeys: generateMasterKey(),
        github: { clientId: app.clientId, clientSecret: app.clientSecret, webUrl, apiUrl },
      };
      const own = openTokenDeps({ ...place, fetch });
      undo.push(own.close);
      bench.progress(`Connecting ${people.length} people.`);
      const holders = await inTurns(people, 100, async ({ login, uid }) => {
        bench.signal.throwIfAborted();
        const pair = await authorizeDirectly(github, { login, callbackUrl });
        return { accountId: await connectDirectly(own.deps, { login, uid, pair }), uid };
      });
      await own.deps.database.query({ text: "ANALYZE" });
      const starting = Array.from({ length: replicaCount }, async () => {
        const replica = await startReplica(place);
        undo.push(replica.close);
        return replica;
      });
      await Promise.allSettled(starting);
      const replicas = await Promise.all(starting);
      return await work({ database: own.deps.database, github, replicas }, holders);
    } finally {
      for (const release of undo.reverse()) {
        await release().catch((error) => bench.progress(`A part did not stop cleanly: ${error}`));
      }
    }
  });
}
