import type { BenchDeps } from "../benchmarks.ts";
import { median } from "../stage/median.ts";
import type { Contender } from "./contenders.ts";

/** How many callers ask at once, of a pool of ten connections. */
export const callers = 50;

/** What one contender's reads cost in one round. */
interface Turn {
  perSecond: number;
  /** Microseconds of processor time of this process, PostgreSQL's not counted. */
  cpu: number;
}

export interface Compared {
  contender: Contender;
  perSecond: number;
  cpu: number;
  /** How many reads the first contender makes while this one makes one; the median of the rounds' own ratios. */
  ofFirst: number;
}

/**
 * The same number of reads by each contender, in short turns after each other so that none has the quiet minute; a
 * ratio is taken within a round, and the median of the rounds counts.
 */
export async function compareReads(
  { signal }: BenchDeps,
  contenders: Contender[],
  { rounds, reads }: { rounds: number; reads: number },
): Promise<Compared[]> {
  const turns = contenders.map((): Turn[] => []);
  for (let round = -2; round < rounds; round++) {
    // Who comes first changes, too.
    for (let place = 0; place < contenders.length; place++) {
      signal.throwIfAborted();
      const index = (place + Math.abs(round)) % contenders.length;
      const contender = contenders[index];
      if (!contender) continue;
      const turn = await takeTurn(contender, reads);
      if (round >= 0) turns[index]?.push(turn);
    }
  }
  return contenders.map((contender, index) => {
    const own = turns[index] ?? [];
    return {
      contender,
      perSecond: median(own.map(({ perSecond }) => perSecond)),
      cpu: median(own.map(({ cpu }) => cpu)),
      ofFirst: median(own.map(({ perSecond }, round) => perSecond / (turns[0]?.[round]?.perSecond ?? Number.NaN))),
    };
  });
}

async function takeTurn(contender: Contender, reads: number): Promise<Turn> {
  let left = reads;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await contender.read(Math.floor(Math.random() * contender.accounts));
    }
  };
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: reads / seconds, cpu: (user + system) / reads };
}
