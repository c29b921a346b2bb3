import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface GitRun {
  status: number | null;
  out: string;
  /** What git said, without its progress. */
  err: string;
}

/** An unmodified git in a folder of its own, which asks its helper for a pass. */
export interface GitClient {
  folder: string;
  git(args: string[], options?: { in?: string; pass?: string; environment?: Record<string, string> }): Promise<GitRun>;
  /** The same, and insists. */
  done(args: string[], options?: { in?: string; pass?: string; environment?: Record<string, string> }): Promise<string>;
  /** Commits a file. Answers the commit. */
  commit(checkout: string, file: string, content: string | Buffer): Promise<string>;
  remove(): Promise<void>;
}

/** @param pass what the helper answers unless a run says otherwise; the empty text: nothing */
export async function gitClient(pass = ""): Promise<GitClient> {
  const folder = await mkdtemp(join(tmpdir(), "onbehalf-git-"));
  const helper = '!f() { test -n "$PASS" && echo username=x && echo "password=$PASS"; }; f';
  const client: GitClient = {
    folder,
    async git(args, options = {}) {
      const child = spawn("git", ["-c", `credential.helper=${helper}`, ...args], {
        cwd: join(folder, options.in ?? ""),
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          LC_ALL: "C",
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_TERMINAL_PROMPT: "0",
          GIT_AUTHOR_NAME: "Ada Lovelace",
          GIT_AUTHOR_EMAIL: "ada@example.com",
          GIT_COMMITTER_NAME: "Ada Lovelace",
          GIT_COMMITTER_EMAIL: "ada@example.com",
          PASS: options.pass ?? pass,
          ...options.environment,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const said = { out: "", err: "" };
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        said.out += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said.err += text;
      });
      await once(child, "close");
      return { status: child.exitCode, out: said.out.trim(), err: said.err };
    },
    async done(args, options) {
      const { status, out, err } = await client.git(args, options);
      if (status !== 0) throw new Error(`git ${args.join(" ")} ended with ${status}: ${err}`);
      return out;
    },
    async commit(checkout, file, content) {
      await writeFile(join(folder, checkout, file), content);
      await client.done(["add", "--", file], { in: checkout });
      await client.done(["commit", "--quiet", "-m", `Write ${file}`], { in: checkout });
      return client.done(["rev-parse", "HEAD"], { in: checkout });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  return client;
}
