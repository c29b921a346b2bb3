import type { ChildProcess } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import type { Binaries } from "./binaries.ts";
import { isAlive, isStranger, readPostmaster } from "./postmaster.ts";
import { type Launch, runProgram } from "./unprivileged.ts";

/** A running server: our child, or one that a killed process left behind. */
export interface RunningServer {
  pid: number;
  child: ChildProcess | null;
}

const patience = 30_000;

/** Stops the server: open transactions are rolled back, everything is on disk. Waits until it is gone. */
export async function stopServer(
  deps: { log: (line: string) => void; binaries: Binaries; launch: Launch },
  options: { clusterDir: string; server: RunningServer },
): Promise<void> {
  const { clusterDir, server } = options;
  if (process.platform === "win32") {
    await runProgram(deps.launch, deps.binaries.pg_ctl, ["stop", "-D", clusterDir, "-m", "fast", "-w"]);
    return;
  }
  if (await gone(options)) return;
  signal(server.pid, "SIGINT");
  if (await goneWithin(options, patience)) return;
  deps.log(`The embedded PostgreSQL did not stop within ${patience / 1000} s; it will repair itself at the next start`);
  signal(server.pid, "SIGQUIT");
  await goneWithin(options, patience);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It may have ended by itself in between.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function goneWithin(options: { clusterDir: string; server: RunningServer }, milliseconds: number) {
  const until = Date.now() + milliseconds;
  while (Date.now() < until) {
    if (await gone(options)) return true;
    await wait(10);
  }
  return false;
}

async function gone(options: { clusterDir: string; server: RunningServer }): Promise<boolean> {
  const { pid, child } = options.server;
  if (child) return child.exitCode !== null || child.signalCode !== null;
  if (!isAlive(pid) || (await isStranger(pid))) return true;
  // Where the system doesn't tell a dead process that nobody reaped: PostgreSQL's note goes last of all.
  return process.platform !== "linux" && (await readPostmaster(options.clusterDir))?.pid !== pid;
}
