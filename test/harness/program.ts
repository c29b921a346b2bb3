import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { programEnvironment } from "./program-environment.ts";

const entry = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** `onbehalf` as a process of its own, in a folder of its own. */
export interface Program {
  child: ChildProcess;
  /** Everything that it wrote so far. */
  output(): string;
  stdout(): string;
  /** Waits until it has written what matches, and fails when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its exit status. */
  ended: Promise<number | null>;
  stop(): Promise<number | null>;
}

/** A fresh clone's folder, as far as a start can tell. */
export async function emptyFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "onbehalf-setup-"));
  await chmod(path, 0o711); // as root the server runs as another account, which has to get in
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Runs the program without anything of this process's environment.
 * @param options.input what is typed into it; it stays open without
 */
export function runProgram(
  args: string[],
  options: { folder: string; environment?: Record<string, string>; input?: string },
): Program {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: options.folder,
    env: { ...programEnvironment(), ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  if (options.input !== undefined) child.stdin.end(options.input);
  const ended = once(child, "close").then(([code]): number | null => code);
  return {
    child,
    output: () => output,
    stdout: () => stdout,
    ended,
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(output);
        if (found) return found;
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended before: ${output}`);
        await wait(10);
      }
    },
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
