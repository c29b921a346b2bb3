import { type SpawnOptionsWithoutStdio, spawn } from "node:child_process";
import { devNull } from "node:os";

export interface GitResult {
  status: number;
  stdout: Buffer;
  stderr: string;
}

/** The environment for every git child: nothing of the person's own configuration or credentials reaches it. */
export function gitEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: devNull,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: "0",
    ...extra,
  };
}

/** Runs git once and collects what it says; a failing status is an answer, not an exception. */
export function runGit(args: string[], options: { cwd?: string; input?: Buffer | string } = {}): Promise<GitResult> {
  const spawning: SpawnOptionsWithoutStdio = { env: gitEnvironment() };
  if (options.cwd) spawning.cwd = options.cwd;
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, spawning);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    // git may end before it has read its input; that is git's business, its status tells.
    child.stdin.on("error", () => undefined);
    child.on("close", (code) =>
      resolve({ status: code ?? 1, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.end(options.input ?? "");
  });
}

/** Runs git and insists on success. */
export async function mustGit(args: string[], options: { cwd?: string; input?: Buffer | string } = {}) {
  const result = await runGit(args, options);
  if (result.status !== 0) throw new Error(`git ${args[0]} failed: ${result.stderr.trim()}`);
  return result.stdout.toString();
}
