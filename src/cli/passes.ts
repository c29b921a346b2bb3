import type { Command } from "commander";
import { createClient, OnbehalfError } from "../client/create-client.ts";
import type { Environment } from "../config/environment.ts";
import type { GithubProvider } from "../config/github-app.ts";
import { Problem } from "../errors.ts";
import { capabilities, isCapability } from "../store/delegations.ts";
import type { CommandDeps } from "./command.ts";
import { providerOption } from "./provider-option.ts";

export interface ClientDeps extends Pick<CommandDeps, "print"> {
  environment: Environment;
  fetch: typeof globalThis.fetch;
}

interface PassOptions {
  provider: GithubProvider;
  user: string;
  repository: string[];
  capability: string[];
  branch?: string[];
  path?: string[];
  expiresIn: string;
  requestedBy?: string;
  runUrl?: string;
  json?: boolean;
}

/** `passes create`: for scripts that have a bot's key. It asks onbehalf's API, and needs no configuration of the server. */
export function passCommands(program: Command, deps: ClientDeps): void {
  program
    .command("passes")
    .description("short-lived keys: one bot as one person on named repositories")
    .command("create")
    .description("make a pass with the bot's key in ONBEHALF_KEY, at the onbehalf in ONBEHALF_URL, and print it")
    .requiredOption("--user <ref>", "whom it acts for: id, ext.ID or gh.NUMBER")
    .addOption(providerOption())
    .requiredOption("--repository <name...>", "owner/name, exactly")
    .requiredOption("--capability <name...>", capabilities.join(", "))
    .option("--branch <pattern...>", "branches, with * for anything")
    .option("--path <pattern...>", "paths, with * for anything")
    .option("--expires-in <seconds>", "60 to 28800", "3600")
    .option("--requested-by <who>", "for whom: a user, or an id of yours")
    .option("--run-url <url>", "the run that it is for")
    .option("--json", "print one JSON object")
    .action(async (options: PassOptions) => {
      const key = deps.environment.ONBEHALF_KEY;
      if (!key) throw new Problem("key_missing", "ONBEHALF_KEY is not set: put the bot's key there.");
      const url = deps.environment.ONBEHALF_URL || deps.environment.PUBLIC_URL || "http://127.0.0.1:3000";
      const wanted = options.capability;
      const unknown = wanted.find((name) => !isCapability(name));
      if (unknown) throw new Problem("bad_request", `--capability "${unknown}": use ${capabilities.join(", ")}.`);
      const expiresIn = Number(options.expiresIn);
      if (!Number.isInteger(expiresIn)) {
        throw new Problem("bad_request", `--expires-in "${options.expiresIn}": give seconds, 60 to 28800.`);
      }
      const made = await createClient({ url, key, fetch: deps.fetch })
        .as(options.user)
        .pass({
          provider: options.provider,
          repositories: options.repository,
          capabilities: wanted.filter(isCapability),
          expires_in: expiresIn,
          ...(options.branch ? { branches: options.branch } : {}),
          ...(options.path ? { paths: options.path } : {}),
          ...(options.requestedBy ? { requested_by: options.requestedBy } : {}),
          ...(options.runUrl ? { run_url: options.runUrl } : {}),
        })
        .catch((error) => {
          throw apiProblem(error);
        });
      deps.print(options.json ? JSON.stringify(made) : made.pass);
    });
}

/** What the API refused, with the address at which a person repairs it; or that nothing answers. */
export function apiProblem(error: unknown): unknown {
  if (!(error instanceof OnbehalfError)) return error;
  const repair =
    error.code === "unreachable" ? "Start it there, or put its address into ONBEHALF_URL." : (error.actionUrl ?? "");
  return new Problem("bad_request", `${error.message} ${repair}`.trimEnd(), { cause: error });
}
