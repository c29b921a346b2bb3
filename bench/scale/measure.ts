import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { BenchError } from "../bench-error.ts";
import type { BenchDeps } from "../benchmarks.ts";
import { type Order, told } from "./messages.ts";

/**
 * Has something measured by a process of its own, and hands its progress on.
 * @param measuring.script the file beside this one that it runs
 * @param measuring.answer what it tells at its end
 */
export async function measure<Measured>(
  { progress, signal }: BenchDeps,
  measuring: { script: string; answer: z.ZodType<Measured> },
  order: Order,
): Promise<Measured> {
  const script = fileURLToPath(new URL(measuring.script, import.meta.url));
  // In a session of its own: a Ctrl-C must reach the benchmark alone, which stops everything in order.
  const child = fork(script, [JSON.stringify(order)], { detached: true, stdio: ["ignore", 2, 2, "ipc"] });
  let found: Measured | undefined;
  child.on("message", (message) => {
    const said = told.safeParse(message);
    if (said.success) progress(said.data.progress);
    else found = measuring.answer.parse(message);
  });
  const end = () => child.kill("SIGKILL");
  signal.addEventListener("abort", end);
  try {
    await once(child, "exit");
  } finally {
    signal.removeEventListener("abort", end);
  }
  signal.throwIfAborted();
  if (found === undefined) throw new BenchError("The process that measures ended unexpectedly; it says above why.");
  return found;
}
