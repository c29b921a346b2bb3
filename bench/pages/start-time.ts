import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { type Installation, type RunningOnbehalf, startOnbehalf } from "../../demo/onbehalf.ts";
import type { BenchDeps } from "../benchmarks.ts";

/**
 * Starts onbehalf on a database that is there and migrated.
 * @returns it, and the milliseconds from starting the process to its first page
 */
export async function timeStart(
  { signal }: BenchDeps,
  installation: Installation,
  url: string,
): Promise<{ onbehalf: RunningOnbehalf; ms: number }> {
  const begun = performance.now();
  const onbehalf = startOnbehalf(installation);
  const answers = async () => {
    while (!(await accepts(Number(new URL(url).port)))) await wait(2, undefined, { signal });
    const response = await fetch(url, { signal });
    await response.text();
    if (response.status !== 200) throw new Error(`the first page answered ${response.status}`);
  };
  try {
    await Promise.race([answers(), onbehalf.ended]);
    return { onbehalf, ms: performance.now() - begun };
  } catch (error) {
    await onbehalf.stop();
    throw error;
  }
}

/** Whether something listens: asking with `fetch` would cost the processor that the start needs. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  return new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).finally(() => socket.destroy());
}
