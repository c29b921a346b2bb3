import type { BenchDeps, Outcome } from "./benchmarks.ts";
import { type Compared, compareWays } from "./commit/compare.ts";
import { contenderRepositories, ownWays, peers } from "./commit/contenders.ts";
import { compareParallel, type Parallel, userRepositories } from "./commit/parallel.ts";
import { onStage } from "./stage/stage.ts";
import { inSeconds, table } from "./table.ts";

const latencyMs = 50;

/** What a commit costs in requests and seconds, beside what else there is; and what many people at once cost. */
export async function benchCommit(deps: BenchDeps): Promise<Outcome> {
  const users = deps.quick ? 4 : 50;
  const repositories = [...contenderRepositories, ...userRepositories(users)];
  return onStage(deps, { latencyMs, people: users, repositories }, async (stage) => {
    const ways = await compareWays(deps, stage);
    const parallel = await compareParallel(deps, stage);
    return { figures: figuresOf(ways, parallel, users), report: reportOf(ways, parallel, users) };
  });
}

function figuresOf(ways: Compared[], parallel: Parallel, users: number): Record<string, unknown> {
  const costOf = (wanted: string) => {
    const found = ways.find(({ contender }) => contender.way === wanted);
    if (!found) throw new Error(`${wanted} was not measured`);
    const { 1: one, 50: fifty } = found.cost;
    return {
      requests: { files_1: one.requests, files_50: fifty.requests },
      seconds: { files_1: round(one.seconds), files_50: round(fifty.seconds) },
    };
  };
  return {
    ...Object.fromEntries(ownWays.map((way) => [`requests_${way}`, costOf(way).requests])),
    ...Object.fromEntries(ownWays.map((way) => [`seconds_${way}`, costOf(way).seconds])),
    mutation_alone: costOf("mutation_alone"),
    peers: Object.fromEntries(peers.map((name) => [name, costOf(name)])),
    parallel_users: users,
    parallel_seconds: { onbehalf: round(parallel.onbehalf), probot: round(parallel.probot) },
    ratio_parallel_users: round(parallel.probot / parallel.onbehalf),
    added_latency_ms: latencyMs,
  };
}

function reportOf(ways: Compared[], parallel: Parallel, users: number): string[] {
  const costs = ways.map(({ contender, cost: { 1: one, 50: fifty } }) => {
    const cells = [one.requests, fifty.requests].map(String);
    return [contender.title, ...cells, inSeconds(one.seconds), inSeconds(fifty.seconds)];
  });
  return [
    `One commit by one person. GitHub answers each request ${latencyMs} ms late.`,
    "",
    ...table([["", "requests: 1 file", "50 files", "time: 1 file", "50 files"], ...costs]),
    "",
    `${users} people commit at once to ${users} repositories, one file each, heads known.`,
    "",
    ...table([
      ["", "until the last answer"],
      ["onbehalf", inSeconds(parallel.onbehalf)],
      ["Probot's default client: one queue for all", inSeconds(parallel.probot)],
    ]),
    "",
    `onbehalf is ${round(parallel.probot / parallel.onbehalf)} times as fast.`,
  ];
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
