import { BenchError } from "./bench-error.ts";
import type { BenchDeps, Outcome } from "./benchmarks.ts";
import { type Child, startChild } from "./stage/child.ts";
import { withDatabase } from "./stage/database.ts";
import { startGithub } from "./stage/github.ts";
import { median } from "./stage/median.ts";
import { table } from "./table.ts";
import { bareProbot, type Contender, onbehalfAlone } from "./webhooks/contenders.ts";
import { sent } from "./webhooks/load-messages.ts";

const full = { rounds: 9, deliveries: 4_000, connections: 64 };
const little = { rounds: 1, deliveries: 200, connections: 16 };

/** How many deliveries a second are taken, each one stored before it is acknowledged, beside Probot that stores none. */
export async function benchWebhooks(deps: BenchDeps): Promise<Outcome> {
  const size = deps.quick ? little : full;
  return withContenders(deps, async (contenders, generator, secret) => {
    deps.progress(
      `${size.deliveries} signed deliveries over ${size.connections} connections, ${size.rounds} times each.`,
    );
    const turns = contenders.map((): Turn[] => []);
    for (let round = -1; round < size.rounds; round++) {
      for (let place = 0; place < contenders.length; place++) {
        deps.signal.throwIfAborted();
        const index = (place + Math.abs(round)) % contenders.length;
        const contender = contenders[index];
        if (!contender) continue;
        const turn = await takeTurn(contender, generator, { ...size, secret });
        if (round >= 0) turns[index]?.push(turn);
      }
    }
    const [own = [], bare = []] = turns;
    const figures = {
      // Within a round, and then the median of the rounds.
      ratio_bare_probot: round(median(own.map(({ taken }, index) => taken / (bare[index]?.taken ?? Number.NaN)))),
      deliveries_per_s: Math.round(median(own.map(({ taken }) => taken))),
      handled_per_s: Math.round(median(own.map(({ handled }) => handled))),
      probot_per_s: Math.round(median(bare.map(({ taken }) => taken))),
      deliveries: size.deliveries,
      connections: size.connections,
    };
    return { figures, report: reportOf(figures) };
  });
}

interface Turn {
  /** Deliveries a second until the last one was acknowledged. */
  taken: number;
  /** The same until the last one was handled. */
  handled: number;
}

async function takeTurn(
  { name, port, settled }: Contender,
  generator: Child,
  load: { deliveries: number; connections: number; secret: string },
): Promise<Turn> {
  const begun = performance.now();
  const { seconds, refused } = sent.parse(await generator.ask({ port, ...load }));
  if (refused > 0) throw new BenchError(`${name} refused ${refused} of ${load.deliveries} deliveries.`);
  // Nothing of one's own is left to do in the other's turn.
  await settled();
  return { taken: load.deliveries / seconds, handled: (load.deliveries * 1000) / (performance.now() - begun) };
}

async function withContenders<Result>(
  deps: BenchDeps,
  work: (contenders: Contender[], generator: Child, secret: string) => Promise<Result>,
): Promise<Result> {
  return withDatabase(deps, async ({ url: databaseUrl, folder, github: dataDir }) => {
    const undo: (() => Promise<void>)[] = [];
    try {
      deps.progress("Starting onbehalf with its PostgreSQL, Probot, and what sends to them.");
      const nobody = { people: [], repositories: [], onbehalfUrl: "http://127.0.0.1:9" };
      const github = await startGithub({ dataDir, latencyMs: 0, ...nobody });
      undo.push(github.close);
      const started = async <Part extends { close(): Promise<void> }>(starting: Promise<Part>) => {
        const part = await starting;
        undo.push(part.close);
        return part;
      };
      const starting = [
        started(startChild(new URL("webhooks/load-process.ts", import.meta.url), "What sends", {})),
        started(onbehalfAlone({ folder, databaseUrl, github }, deps.signal)),
        started(bareProbot(github)),
      ] as const;
      await Promise.allSettled(starting);
      const [generator, onbehalf, probot] = await Promise.all(starting);
      return await work([onbehalf, probot], generator, github.app.webhookSecret);
    } finally {
      for (const release of undo.reverse()) {
        await release().catch((error) => deps.progress(`A part did not stop cleanly: ${error}`));
      }
    }
  });
}

function reportOf(
  figures: Record<"deliveries_per_s" | "handled_per_s" | "probot_per_s" | "ratio_bare_probot", number> &
    Record<"deliveries" | "connections", number>,
): string[] {
  const { deliveries, connections, ratio_bare_probot } = figures;
  return [
    `${deliveries} signed deliveries over ${connections} connections, until the last one is acknowledged.`,
    "",
    ...table([
      ["", "a second"],
      ["bare Probot, nothing stored", String(figures.probot_per_s)],
      ["onbehalf, each one stored first", String(figures.deliveries_per_s)],
      ["onbehalf, until the last one is handled, too", String(figures.handled_per_s)],
    ]),
    "",
    `onbehalf takes ${ratio_bare_probot} times as many.`,
  ];
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
