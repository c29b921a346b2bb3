import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { BenchError } from "../bench-error.ts";
import type { BenchDeps } from "../benchmarks.ts";
import { type Measured, message, type Order } from "./messages.ts";

const script = fileURLToPath(new URL("scale-process.ts", import.meta.url));

/** Measures in a process of its own, and hands its progress on. */
export async function measure({ progress, signal }: BenchDeps, order: Order): Promise<Measured> {
  // In a session of its own: a Ctrl-C must reach the benchmark alone, which stops everything in order.
  const child = fork(script, [JSON.stringify(order)], { detached: true, stdio: ["ignore", 2, 2, "ipc"] });
  let found: Measured | undefined;
  child.on("message", (said) => {
    const told = message.parse(said);
    if ("measured" in told) found = told.measured;
    else progress(told.progress);
  });
  const end = () => child.kill("SIGKILL");
  signal.addEventListener("abort", end);
  try {
    await once(child, "exit");
  } finally {
    signal.removeEventListener("abort", end);
  }
  signal.throwIfAborted();
  if (!found) throw new BenchError("The process that measures ended unexpectedly; it says above why.");
  return found;
}
