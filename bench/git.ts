import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../src/client/create-client.ts";
import type { BenchDeps, Outcome } from "./benchmarks.ts";
import { makeRepository, type Remote, timeClone, timePush } from "./git/client.ts";
import { median } from "./stage/median.ts";
import { onStage, type Stage } from "./stage/stage.ts";
import { growthWhile } from "./stage/watch-process.ts";
import { inSeconds, table } from "./table.ts";

const cloned = "acme/cloned";
const full = { megabytes: 200, rounds: 5 };
const little = { megabytes: 4, rounds: 1 };

interface Times {
  push: number[];
  clone: number[];
}

interface Measured {
  times: { direct: Times; through: Times };
  /** In bytes; null: this system doesn't tell. */
  growth: number | null;
}

/** What a large clone and a large push through onbehalf take beside the same straight to GitHub. */
export async function benchGit(deps: BenchDeps): Promise<Outcome> {
  const size = deps.quick ? little : full;
  const folder = await mkdtemp(join(tmpdir(), "onbehalf-bench-git-"));
  try {
    // Each push finds an empty repository: none is spared what another one brought.
    const pushed = [...Array(2 * size.rounds + 2).keys()].map((n) => `acme/pushed-${n}`);
    const options = { latencyMs: 0, people: 1, repositories: [cloned, ...pushed], capabilities: ["push", "api:read"] };
    const measured = await onStage(deps, options, (stage) => measure(deps, stage, { folder, pushed }, size));
    return { figures: figuresOf(measured, size), report: reportOf(measured, size) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  { progress, signal }: BenchDeps,
  { github, url, key, people, pid }: Stage,
  { folder, pushed }: { folder: string; pushed: string[] },
  { megabytes, rounds }: typeof full,
): Promise<Measured> {
  const [person] = people;
  if (!person) throw new Error("the stage has nobody");
  const { pass } = await createClient({ url, key })
    .as(person.reference)
    .pass({ repositories: [cloned, ...pushed], capabilities: ["push", "api:read"], expires_in: 28_800 });
  const ways = {
    direct: (repository: string): Remote => ({ url: `${github.webUrl}/${repository}.git`, secret: person.token }),
    through: (repository: string): Remote => ({ url: `${url}/${repository}.git`, secret: pass }),
  };
  const fresh = () => pushed.pop() ?? cloned;
  progress(`Making a repository of ${megabytes} MB.`);
  const small = join(folder, "small");
  const source = join(folder, "source");
  const clone = join(folder, "clone");
  await makeRepository(small, 1024 * 1024);
  await makeRepository(source, megabytes * 1024 * 1024);
  // Each way once, so that what is made once is there.
  for (const remoteOf of [ways.direct, ways.through]) {
    await timePush(small, remoteOf(fresh()), "big");
    await timeClone(clone, remoteOf(cloned), "main");
  }
  await timePush(source, ways.direct(cloned), "big");
  const times: Measured["times"] = { direct: { push: [], clone: [] }, through: { push: [], clone: [] } };
  progress(`Pushing and cloning it, ${rounds} times each way, in turns.`);
  const growth = await growthWhile(pid, async () => {
    for (let round = 0; round < rounds; round++) {
      // Whoever goes first meets colder files.
      for (const way of round % 2 === 0 ? (["direct", "through"] as const) : (["through", "direct"] as const)) {
        signal.throwIfAborted();
        times[way].push.push(await timePush(source, ways[way](fresh()), "big"));
        times[way].clone.push(await timeClone(clone, ways[way](cloned), "big"));
      }
    }
  });
  return { times, growth };
}

function figuresOf({ times, growth }: Measured, { megabytes }: typeof full): Record<string, unknown> {
  return {
    ratio_direct_clone: ratio(times, "clone"),
    ratio_direct_push: ratio(times, "push"),
    rss_growth_mb: growth === null ? null : inMegabytes(growth),
    megabytes,
    seconds: {
      clone: { direct: round(median(times.direct.clone)), through: round(median(times.through.clone)) },
      push: { direct: round(median(times.direct.push)), through: round(median(times.through.push)) },
    },
  };
}

function reportOf({ times, growth }: Measured, { megabytes, rounds }: typeof full): string[] {
  const row = (title: string, what: keyof Times) => [
    title,
    inSeconds(median(times.direct[what])),
    inSeconds(median(times.through[what])),
    ratio(times, what).toFixed(2),
  ];
  return [
    `A repository of ${megabytes} MB that can't be compressed, the median of ${rounds}.`,
    "",
    ...table([["", "straight to GitHub", "through onbehalf", "ratio"], row("clone", "clone"), row("push", "push")]),
    "",
    `onbehalf's memory grew by ${growth === null ? "?" : inMegabytes(growth)} MB at most.`,
  ];
}

/** 1: as fast as without onbehalf. */
function ratio({ direct, through }: Measured["times"], what: keyof Times): number {
  return round(median(direct[what]) / median(through[what]));
}

function inMegabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
