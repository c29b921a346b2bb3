import { spawn } from "node:child_process";
import { devNull } from "node:os";
import { GitFailure } from "./git-failure.ts";

/** What runs of git share. */
export interface GitDeps {
  /** What a program that we start may know of our own environment, such as PATH; never a secret. */
  environment: Record<string, string | undefined>;
}

export interface GitRun {
  args: readonly string[];
  /** Settings of this run alone; they reach git through its environment and stand in no file and no argument. */
  settings: readonly (readonly [name: string, value: string])[];
  /** The only protocol that it may speak, if any. */
  protocol?: "https" | "http";
  timeoutMs: number;
  /** Ends it early; an abort's reason that is a GitFailure is what it ends with. */
  signal: AbortSignal;
}

export interface GitResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** What is kept of what git writes: the end, where it says what is wrong. */
const mostOutput = 16_384;
/** How long git may take to remove its locks before it is killed. */
const graceMs = 5_000;

/**
 * Runs git once, with nothing of anybody's configuration, no hooks, no prompts and no credentials but those of
 * `settings`. The environment of git, and of what it starts, is the only place that these are in, and all of them have
 * ended when this resolves or rejects.
 * @throws GitFailure `timed_out`, `stopped`, or what `signal` was aborted with; `local` when git can't be started
 */
export function runGit(deps: GitDeps, run: GitRun): Promise<GitResult> {
  if (run.signal.aborted) return Promise.reject(stopReason(run.signal));
  return new Promise((resolve, reject) => {
    const child = spawn("git", [...run.args], {
      cwd: "/",
      env: gitEnvironment(deps, run),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that whatever git starts ends with it.
      detached: true,
    });
    const output = { stdout: "", stderr: "" };
    let failure: GitFailure | undefined;
    let killing: NodeJS.Timeout | undefined;
    const kill = (signal: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It has ended by itself.
      }
    };
    const stop = (why: GitFailure) => {
      failure ??= why;
      kill("SIGTERM");
      killing ??= setTimeout(kill, graceMs, "SIGKILL");
    };
    const onAbort = () => stop(stopReason(run.signal));
    const atExit = () => kill("SIGKILL");
    const timer = setTimeout(() => {
      stop(new GitFailure("timed_out", `git ${run.args[0]} took longer than ${run.timeoutMs / 1000} s`));
    }, run.timeoutMs);
    run.signal.addEventListener("abort", onAbort);
    process.once("exit", atExit);
    const settle = () => {
      clearTimeout(timer);
      clearTimeout(killing);
      run.signal.removeEventListener("abort", onAbort);
      process.off("exit", atExit);
      // Nothing that it started outlives it with the credential in its environment.
      kill("SIGKILL");
    };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] = (output[name] + text).slice(-mostOutput);
      });
    }
    child.on("error", (cause) => {
      settle();
      reject(new GitFailure("local", "git can't be started: is it installed, and in PATH?", { cause }));
    });
    child.on("close", (status) => {
      settle();
      if (failure) reject(failure);
      else resolve({ status, ...output });
    });
  });
}

function stopReason({ reason }: AbortSignal): GitFailure {
  return reason instanceof GitFailure ? reason : new GitFailure("stopped", "git was stopped");
}

/** The whole environment of git: https://git-scm.com/docs/git-config, environment. */
function gitEnvironment({ environment }: GitDeps, run: GitRun): Record<string, string> {
  const settings = run.settings.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  const inherited = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return {
    ...Object.fromEntries(inherited),
    // Neither its own configuration nor curl's .netrc.
    HOME: devNull,
    XDG_CONFIG_HOME: devNull,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: run.protocol ?? "none",
    GIT_OPTIONAL_LOCKS: "0",
    ...Object.fromEntries(settings),
    GIT_CONFIG_COUNT: String(run.settings.length),
  };
}
