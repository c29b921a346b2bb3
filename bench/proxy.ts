import { BenchError } from "./bench-error.ts";
import type { BenchDeps, Outcome } from "./benchmarks.ts";
import { makePasses, startBareProxy, startOrigin, type Way } from "./proxy/contenders.ts";
import { asked, moved } from "./proxy/messages.ts";
import { answerPath, downloadPath, repository, uploadPath } from "./proxy/paths.ts";
import { type Child, startChild } from "./stage/child.ts";
import { median } from "./stage/median.ts";
import { onStage, type Stage } from "./stage/stage.ts";
import { growthWhile } from "./stage/watch-process.ts";
import { table } from "./table.ts";

const full = { rounds: 9, requests: 4_000, connections: 32, people: 8, alone: 500, bytes: 1_000_000_000 };
const little = { rounds: 1, requests: 200, connections: 8, people: 2, alone: 50, bytes: 50_000_000 };

/** What a request costs on its way through the look-alike, beside a proxy that knows nobody; and a large body's memory. */
export async function benchProxy(deps: BenchDeps): Promise<Outcome> {
  const size = deps.quick ? little : full;
  const undo: (() => Promise<void>)[] = [];
  const started = <Part extends { close(): Promise<void> }>(part: Part) => {
    undo.push(part.close);
    return part;
  };
  let origin = "";
  const options = {
    latencyMs: 0,
    people: size.people,
    repositories: [repository],
    capabilities: ["api:read", "api:write"],
    environment: { LOG_LEVEL: "warn" },
    apiInFront: async (apiUrl: string) => {
      const part = started(await startOrigin({ apiUrl, bytes: size.bytes }));
      origin = part.url;
      return origin;
    },
  };
  try {
    return await onStage(deps, options, async (stage) => {
      const generator = started(await startChild(new URL("proxy/load-process.ts", import.meta.url), "The load", {}));
      const portOf = (url: string) => Number(new URL(url).port);
      const ways: Way[] = [
        { name: "onbehalf", title: "onbehalf", port: portOf(stage.url), path: `/api/v3${answerPath}` },
        { name: "direct", title: "the origin itself", port: portOf(origin), path: answerPath },
      ];
      // Quick, nothing is installed to compare with.
      if (!deps.quick) ways.push(started(await startBareProxy(origin)).way);
      const passes = await makePasses(stage, size.connections);
      const busy = await measure(deps, { generator, ways, passes, ...size });
      const alone = await measure(deps, { generator, ways, passes, ...size, requests: size.alone, connections: 1 });
      const bodies = await moveBodies(deps, stage, { generator, passes, bytes: size.bytes });
      const figures = figuresOf({ busy, alone, ...bodies, size });
      return { figures, report: reportOf(figures, ways, busy, alone) };
    });
  } finally {
    for (const release of undo.reverse()) {
      await release().catch((error) => deps.progress(`A part did not stop cleanly: ${error}`));
    }
  }
}

interface Load {
  generator: Child;
  ways: Way[];
  passes: string[];
  rounds: number;
  requests: number;
  connections: number;
}

type Turn = { perSecond: number; p50: number };
type Turns = Partial<Record<Way["name"], Turn[]>>;

/** In turns, each round beginning with another one; the first round warms up. */
async function measure(deps: BenchDeps, load: Load): Promise<Turns> {
  const { generator, ways, passes, rounds, requests, connections } = load;
  deps.progress(`${requests} requests over ${connections} connections, ${rounds} times each of ${ways.length} ways.`);
  const turns: Turns = {};
  for (let round = -1; round < rounds; round++) {
    for (let place = 0; place < ways.length; place++) {
      deps.signal.throwIfAborted();
      const way = ways[(place + Math.abs(round)) % ways.length];
      if (!way) continue;
      const { port, path } = way;
      const answer = await generator.ask({ do: "ask", port, path, passes, requests, connections });
      const { seconds, p50, refused } = asked.parse(answer);
      if (refused > 0) throw new BenchError(`${way.title} refused ${refused} of ${requests} requests.`);
      if (round < 0) continue;
      const own = turns[way.name] ?? [];
      own.push({ perSecond: requests / seconds, p50 });
      turns[way.name] = own;
    }
  }
  return turns;
}

async function moveBodies(
  { progress }: BenchDeps,
  { url, pid }: Stage,
  { generator, passes, bytes }: { generator: Child; passes: string[]; bytes: number },
) {
  const move = async (way: "send" | "fetch", path: string) => {
    progress(`One body of ${bytes / 1e6} MB ${way === "send" ? "up" : "down"}.`);
    const order = { do: way, port: Number(new URL(url).port), path: `/api/v3${path}`, passes, bytes };
    let seconds = 0;
    const growth = await growthWhile(pid, async () => {
      seconds = moved.parse(await generator.ask(order)).seconds;
    });
    return { growth, seconds };
  };
  return { up: await move("send", uploadPath), down: await move("fetch", downloadPath) };
}

type Moved = { growth: number | null; seconds: number };

function figuresOf({
  busy,
  alone,
  up,
  down,
  size,
}: {
  busy: Turns;
  alone: Turns;
  up: Moved;
  down: Moved;
  size: typeof full;
}) {
  const growth = up.growth === null || down.growth === null ? null : Math.max(up.growth, down.growth);
  return {
    ratio_bare_proxy: ratio(busy.onbehalf, busy.bare),
    added_ms_p50: added(alone.onbehalf, alone.direct),
    added_ms_p50_bare_proxy: added(alone.bare, alone.direct),
    rss_growth_mb: growth === null ? null : round(growth / 1e6),
    requests_per_s: Object.fromEntries(Object.entries(busy).map(([name, turns]) => [name, Math.round(rate(turns))])),
    body_mb: size.bytes / 1e6,
    seconds_up: round(up.seconds),
    seconds_down: round(down.seconds),
    connections: size.connections,
  };
}

function rate(turns: Turn[]): number {
  return median(turns.map(({ perSecond }) => perSecond));
}

/** Within a round, and then the median of the rounds: what else the machine does is then the same for both. */
function ratio(own: Turn[] = [], peer: Turn[] = []): number | null {
  if (peer.length === 0) return null;
  return round(median(own.map(({ perSecond }, index) => perSecond / (peer[index]?.perSecond ?? Number.NaN))));
}

function added(own: Turn[] = [], direct: Turn[] = []): number | null {
  if (own.length === 0) return null;
  return round(median(own.map(({ p50 }, index) => p50 - (direct[index]?.p50 ?? Number.NaN))));
}

function reportOf(figures: ReturnType<typeof figuresOf>, ways: Way[], busy: Turns, alone: Turns): string[] {
  const rows = ways.map(({ name, title }) => [
    title,
    String(Math.round(rate(busy[name] ?? []))),
    `${median((alone[name] ?? []).map(({ p50 }) => p50)).toFixed(2)} ms`,
  ]);
  const { connections, body_mb, rss_growth_mb, seconds_up, seconds_down, ratio_bare_proxy, added_ms_p50 } = figures;
  return [
    `An answer of 2 kB, ${connections} callers at once; and one alone.`,
    "",
    ...table([["", "a second", "alone"], ...rows]),
    "",
    `onbehalf takes ${ratio_bare_proxy ?? "?"} times as many as the bare proxy, and adds ${added_ms_p50} ms to a request.`,
    `A body of ${body_mb} MB took ${seconds_up} s up and ${seconds_down} s down, and ${rss_growth_mb ?? "?"} MB of memory.`,
  ];
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
