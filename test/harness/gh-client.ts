import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { frontHost, type TlsFront } from "./tls-front.ts";

/** Whether GitHub's own command line is on this machine, and what its certificate is made with. */
export const ghInstalled = ["gh", "openssl"].every((program) => spawnSync(program, ["version"]).status === 0);

export interface GhRun {
  status: number | null;
  out: string;
  err: string;
}

/** What an unmodified gh is told: where onbehalf is, and the pass. */
export function ghEnvironment(front: TlsFront, options: { home: string; pass: string }): Record<string, string> {
  return {
    ...front.environment,
    PATH: process.env.PATH ?? "",
    HOME: options.home,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GH_HOST: frontHost,
    GH_ENTERPRISE_TOKEN: options.pass,
    GH_CONFIG_DIR: join(options.home, "gh"),
    GH_NO_UPDATE_NOTIFIER: "1",
    GH_PROMPT_DISABLED: "1",
  };
}

/** Runs gh in a folder. */
export async function runGh(
  args: string[],
  options: { in: string; environment: Record<string, string> },
): Promise<GhRun> {
  await mkdir(options.in, { recursive: true });
  const child = spawn("gh", args, { cwd: options.in, env: options.environment, stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text;
  });
  await once(child, "close");
  return { status: child.exitCode, out: said.out.trim(), err: said.err.trim() };
}
