import { text } from "node:stream/consumers";
import type { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { readPass } from "./read-pass.ts";

export interface GitCredentialDeps {
  /** The process's own environment, without what `.env` files say. */
  callerEnvironment: Environment;
  streams: { input: NodeJS.ReadableStream };
  print(line: string): void;
}

/**
 * `git-credential get | store | erase`: git's credential helper. It answers for one address alone, and keeps nothing.
 * https://git-scm.com/docs/git-credential#IOFMT
 */
export function gitCredentialCommand(program: Command, deps: GitCredentialDeps): void {
  program
    .command("git-credential <action>")
    .description("git's credential helper, as git-setup sets it: hands git the pass, for onbehalf's address alone")
    .requiredOption("--url <url>", "onbehalf's address")
    .action(async (action: string, options: { url: string }) => {
      const asked = readAsked(await text(deps.streams.input));
      const { protocol, host } = new URL(options.url);
      if (action !== "get" || asked.get("protocol") !== protocol.slice(0, -1) || asked.get("host") !== host) return;
      const pass = await readPass(deps.callerEnvironment).catch((error) => {
        // Or git would ask whoever sits there, or for ever.
        deps.print("quit=1");
        throw error;
      });
      deps.print("username=x-access-token");
      deps.print(`password=${pass}`);
    });
}

function readAsked(input: string): Map<string, string> {
  const lines = input.split("\n").map((line): [string, string] => {
    const at = line.indexOf("=");
    return [line.slice(0, Math.max(at, 0)), line.slice(at + 1)];
  });
  return new Map(lines);
}
