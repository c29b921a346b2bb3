import type { BenchDeps } from "../benchmarks.ts";
import { median } from "../stage/median.ts";
import type { Stage } from "../stage/stage.ts";
import { makeChange } from "./change.ts";
import { type Contender, makeContenders } from "./contenders.ts";

/** How many files a commit writes. */
export const sizes = [1, 50] as const;

type Size = (typeof sizes)[number];

/** What one commit costs. */
export interface Cost {
  /** Requests to GitHub. */
  requests: number;
  seconds: number;
}

export interface Compared {
  contender: Contender;
  cost: Record<Size, Cost>;
}

/** What a commit costs each way: the median of some rounds, all ways taking turns so that none has the quiet hour. */
export async function compareWays({ progress, signal, quick }: BenchDeps, stage: Stage): Promise<Compared[]> {
  const [warmUps, rounds] = quick ? [0, 1] : [2, 11];
  const contenders = await makeContenders(stage);
  progress(`Committing ${sizes.join(" and ")} text files, ${rounds} times each of ${contenders.length} ways.`);
  const compared: Compared[] = [];
  const seen = contenders.map(() => ({ 1: [] as Cost[], 50: [] as Cost[] }));
  for (let round = -warmUps; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      for (const size of sizes) {
        signal.throwIfAborted();
        const cost = await measure(stage, contender, size);
        if (round >= 0) seen[index]?.[size].push(cost);
      }
    }
  }
  for (const [index, contender] of contenders.entries()) {
    const costs = seen[index];
    if (costs) compared.push({ contender, cost: { 1: summarise(costs[1]), 50: summarise(costs[50]) } });
  }
  return compared;
}

async function measure({ github }: Stage, contender: Contender, size: Size): Promise<Cost> {
  const change = makeChange(size);
  await github.countRequests();
  const begun = performance.now();
  await contender.commit(change);
  const seconds = (performance.now() - begun) / 1000;
  return { requests: await github.countRequests(), seconds };
}

/** The median of the seconds, and the most requests that any round took. */
function summarise(costs: Cost[]): Cost {
  return {
    requests: Math.max(...costs.map(({ requests }) => requests)),
    seconds: median(costs.map((one) => one.seconds)),
  };
}
