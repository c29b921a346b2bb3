import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DemoError } from "./demo-error.ts";

/** The program's file. */
export const entry = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export const logName = "onbehalf.log";

/** onbehalf as it is installed: its own process, with nothing but the environment that it is given. */
export interface Installation {
  /** Its working folder. */
  folder: string;
  environment: Record<string, string>;
}

export interface RunningOnbehalf {
  /** Undefined: it could not be started. */
  pid: number | undefined;
  logFile: string;
  /** Rejects when the process ends without having been asked to. */
  ended: Promise<never>;
  stop(): Promise<void>;
}

/** Runs `onbehalf start`. Answers at once, so that the caller can stop what is only starting. */
export function startOnbehalf(installation: Installation): RunningOnbehalf {
  const logFile = join(installation.folder, logName);
  const log = openSync(logFile, "a", 0o600);
  // In a session of its own: a Ctrl-C must reach the demo alone, which stops everything in order.
  const child = spawn(process.execPath, [entry, "start"], {
    ...surroundings(installation),
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  let stopping = false;
  const exited = once(child, "exit");
  const ended = exited.then(([code, signal]) => {
    if (stopping) return new Promise<never>(() => {});
    throw new DemoError(`onbehalf ended unexpectedly (${signal ?? code}).`);
  });
  ended.catch(() => {}); // whoever waits for it is told
  return {
    pid: child.pid,
    logFile,
    ended,
    async stop() {
      stopping = true;
      if (hasEnded(child)) return;
      child.kill("SIGTERM");
      const late = await Promise.race([exited.then(() => false), wait(45_000, true, { ref: false })]);
      if (late) child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Waits until onbehalf answers and has its database. */
export async function untilReady(running: RunningOnbehalf, url: string, signal: AbortSignal): Promise<void> {
  const answers = async () => {
    for (;;) {
      const response = await fetch(`${url}/readyz`, { signal }).catch(() => null);
      signal.throwIfAborted();
      if (response?.ok) return;
      await wait(30, undefined, { signal });
    }
  };
  await Promise.race([answers(), running.ended]);
}

/** Runs one of onbehalf's commands and answers what it printed. */
export async function runCommand(installation: Installation, args: string[], signal: AbortSignal): Promise<string> {
  const options = { ...surroundings(installation), signal };
  const done = promisify(execFile)(process.execPath, [entry, ...args], options);
  const { stdout } = await done.catch((error: { stderr?: string }) => {
    signal.throwIfAborted();
    throw new DemoError(`onbehalf ${args.join(" ")} failed:\n${error.stderr}`);
  });
  return stdout.trim();
}

/** The last lines of a log, for a person to look at. */
export async function lastLines(file: string, count = 15): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter(Boolean).slice(-count);
}

function surroundings({ folder, environment }: Installation) {
  return { cwd: folder, env: { PATH: process.env.PATH, ...environment } };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
