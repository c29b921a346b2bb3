import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Command } from "commander";
import { createClient } from "../client/create-client.ts";
import type { Environment } from "../config/environment.ts";
import { Problem } from "../errors.ts";
import { configArguments, gitSettings, shellWord } from "./git-settings.ts";
import { apiProblem } from "./passes.ts";
import { readPass } from "./read-pass.ts";

export interface GitSetupDeps {
  /** The process's own environment, without what `.env` files say. */
  callerEnvironment: Environment;
  fetch: typeof globalThis.fetch;
  /** The command that runs this program. */
  command: readonly string[];
  print(line: string): void;
}

interface Options {
  url?: string;
  github: string;
  user: string;
  apply?: boolean;
  global?: boolean;
}

/** `git-setup`: what git needs to work through onbehalf with the pass in `ONBEHALF_PASS`. */
export function gitSetupCommand(program: Command, deps: GitSetupDeps): void {
  program
    .command("git-setup")
    .description("print what git needs to work with the pass in ONBEHALF_PASS (or ONBEHALF_PASS_FILE), or set it")
    .option("--url <url>", "onbehalf's address (ONBEHALF_URL, PUBLIC_URL)")
    .option("--github <url>", "the GitHub that remotes name", "https://github.com")
    .option("--user <ref>", "whose name commits get, with a bot's key instead of a pass", "me")
    .option("--global", "for every repository of this machine's account, also those that are yet to be cloned")
    .option("--apply", "set it, instead of printing it")
    .action(async (options: Options) => {
      const { callerEnvironment: environment } = deps;
      const url = readUrl(
        options.url || environment.ONBEHALF_URL || environment.PUBLIC_URL || "http://127.0.0.1:3000",
        "--url",
      );
      const github = readUrl(options.github, "--github");
      const key = await readPass(environment);
      const identity = await createClient({ url, key, fetch: deps.fetch })
        .as(options.user)
        .gitIdentity()
        .catch((error) => {
          throw apiProblem(error);
        });
      const scope = options.global ? "--global" : "--local";
      const settings = gitSettings({ url, github, identity, helper: deps.command });
      for (const setting of settings) {
        const args = configArguments(setting, scope);
        if (options.apply) await git(args, environment);
        else deps.print(["git", ...args].map(shellWord).join(" "));
      }
      if (options.apply)
        deps.print(`git works through ${url} ${options.global ? "everywhere" : "in this repository"}.`);
    });
}

function readUrl(text: string, option: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  throw new Problem("bad_request", `${option} "${text}" is no http(s) address.`);
}

async function git(args: string[], environment: Environment): Promise<void> {
  // git needs nothing of what this program was given.
  const { ONBEHALF_PASS: _pass, ONBEHALF_KEY: _key, ...env } = environment;
  await promisify(execFile)("git", args, { env }).catch((error: Error & { stderr?: string }) => {
    throw new Problem(
      "bad_request",
      `git ${args.slice(0, 2).join(" ")} failed: ${error.stderr?.trim() || error.message}`,
    );
  });
}
