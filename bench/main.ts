import { DemoError } from "../demo/demo-error.ts";
import { BenchError } from "./bench-error.ts";
import { benchmarks } from "./benchmarks.ts";
import { installPeers } from "./install-peers.ts";
import { describeMachine } from "./machine.ts";
import { type BenchOptions, readOptions, usage } from "./options.ts";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupt.abort());

try {
  const options = readOptions(process.argv.slice(2));
  if (options) await run(options);
  else console.log(usage);
} catch (error) {
  if (interrupt.signal.aborted) process.exit(130);
  // The stage is built of parts of the demo.
  if (!(error instanceof BenchError || error instanceof DemoError)) throw error;
  console.error(error.message);
  // What a client still has in its queue would keep us alive.
  process.exit(1);
}

async function run({ name, json, quick }: BenchOptions): Promise<void> {
  const benchmark = benchmarks[name];
  if (!benchmark) throw new BenchError(usage);
  const deps = { progress: (line: string) => console.error(line), signal: interrupt.signal, quick };
  if (benchmark.peers === "always" || (benchmark.peers === "unless_quick" && !quick)) await installPeers(deps);
  const bench = await benchmark.load();
  const { figures, report } = await bench(deps);
  const machine = describeMachine();
  if (json) {
    console.log(JSON.stringify({ benchmark: name, ...(quick ? { quick } : {}), ...figures, machine }));
    return;
  }
  const { cores, processor, memory_gb, node, system } = machine;
  for (const line of ["", ...report, "", `${cores} cores (${processor}), ${memory_gb} GB, Node ${node}, ${system}`]) {
    console.log(line);
  }
}
