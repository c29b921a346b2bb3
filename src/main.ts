#!/usr/bin/env node
import { inspect } from "node:util";
import { type Environment, mergeEnvironments } from "./config/environment.ts";
import { environmentFile, readEnvironmentFile } from "./config/environment-file.ts";
import { ConfigError, readConfig, readStorageConfig } from "./config/read-config.ts";
import { lacksGithubApp, readSetupConfig } from "./config/setup-config.ts";
import { Problem } from "./errors.ts";
import { createLog, isLogLevel, type Log } from "./log.ts";
import { redact } from "./redact.ts";
import { createRequestIds } from "./request-ids.ts";
import type { Stoppable } from "./start-setup.ts";
import { EmbeddedError } from "./store/embedded/embedded-error.ts";

const { fetch } = globalThis;
/** What git needs of our environment: where programs are, how the network is reached, whose certificates count. */
const programEnvironment = Object.fromEntries(
  ["PATH", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "GIT_SSL_CAINFO", "SSL_CERT_FILE"].map((name) => [
    name,
    process.env[name],
  ]),
);
const print = (line: string) => process.stdout.write(`${line}\n`);
// What nobody caught would be printed by Node with all that hangs on it, such as the request that failed.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${redact(inspect(error))}\n`);
  process.exit(1);
});
// Who reads may stop, as `head` does. The command goes on to its end, since it may have started a PostgreSQL.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  // Each of git's commands waits for its helper, which is a tenth of this program: the rest is loaded where it is used.
  if (process.argv[2] === "git-credential") await answerGit();
  else await run(readEnvironment());
} catch (error) {
  process.stderr.write(`${redact(explained(error))}\n`);
  process.exitCode = 1;
}

/** What an operator can mend is said in a sentence; of the rest the stack tells where it comes from. */
function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Problem || error instanceof ConfigError || error instanceof EmbeddedError) return error.message;
  if ("syscall" in error && error.syscall === "listen") {
    return `onbehalf can't listen there (${error.message}): set HOST and PORT to another address, or stop what has it.`;
  }
  return error.stack ?? error.message;
}

/**
 * The environment, then `.env` of the working directory, then the file that set-up wrote: whatever is said first counts.
 * The files' secrets stay out of `process.env`, and so out of every program that is started.
 */
function readEnvironment(): Environment {
  const given = mergeEnvironments(process.env, readEnvironmentFile(".env"));
  return mergeEnvironments(given, readEnvironmentFile(environmentFile(readStorageConfig(given).dataDir)));
}

async function answerGit(): Promise<void> {
  const { Command } = await import("commander");
  const { gitCredentialCommand } = await import("./cli/git-credential.ts");
  const program = new Command("onbehalf");
  gitCredentialCommand(program, { callerEnvironment: process.env, streams: { input: process.stdin }, print });
  await program.parseAsync();
}

async function run(env: Environment): Promise<void> {
  const { createProgram } = await import("./cli/program.ts");
  const log = createLog({ level: commandLogLevel(env.LOG_LEVEL) }, { write: (line) => process.stderr.write(line) });
  const program = createProgram(
    {
      storage: readStorageConfig(env),
      log,
      print,
      environment: env,
      callerEnvironment: process.env,
      command: [process.execPath, ...process.argv.slice(1, 2)],
      folder: ".",
      fetch,
      nodeVersion: process.versions.node,
      colours: process.stdout.isTTY && !env.NO_COLOR,
      fail: () => {
        process.exitCode = 1;
      },
      streams: { input: process.stdin, output: process.stderr },
      terminal: process.stderr,
      interruptible,
      describeApi: async () => (await import("./http/openapi/api-document.ts")).apiDocument(),
      listenForApp: async (request) => (await import("./start-setup.ts")).listenForApp({ log, fetch }, request),
    },
    () => (lacksGithubApp(env) ? serveSetup(env) : serve(env)),
  );
  await program.parseAsync();
}

async function serve(env: Environment): Promise<void> {
  const config = readConfig(env);
  const requestIds = createRequestIds();
  const log = createLog({ level: config.logLevel }, undefined, requestIds);
  const interrupt = new AbortController();
  const { start } = await import("./start.ts");
  const starting = start({ log, fetch, programEnvironment, requestIds, interrupt: interrupt.signal }, config);
  stopOnSignal(log, starting, interrupt);
  await starting.catch((error) => {
    if (error !== interrupt.signal.reason) throw error;
  });
}

/** Without a GitHub App only set-up is served, until onbehalf takes its place in this process. */
async function serveSetup(env: Environment): Promise<void> {
  const config = readSetupConfig(env);
  const requestIds = createRequestIds();
  const log = createLog({ level: config.logLevel }, undefined, requestIds);
  const { startSetup } = await import("./start-setup.ts");
  const starting = startSetup(
    {
      log,
      fetch,
      start: async ({ environment, port, releasePort }) => {
        const { start } = await import("./start.ts");
        const configured = readConfig(mergeEnvironments(env, environment));
        return start({ log, fetch, programEnvironment, requestIds, releasePort }, { ...configured, port });
      },
    },
    config,
  );
  stopOnSignal(log, starting);
  const setup = await starting;
  print(`onbehalf has no GitHub App yet. Set it up here; the link works until that is done: ${setup.link}`);
  await setup.done;
}

/**
 * The first signal stops in order, a second one ends at once. One that comes during the start waits for it, since what
 * is half started can't be stopped: an embedded PostgreSQL would be left running. Only waiting for a database ends.
 */
function stopOnSignal(log: Log, starting: Promise<Stoppable>, interrupt?: AbortController): void {
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      log.info({ signal }, "stopping");
      interrupt?.abort();
      starting.then(
        (running) => running.stop().then(() => process.exit(0)),
        () => {}, // it has stopped what it began, and says why
      );
    });
  }
}

/** Lets a command come to an end that can be gone on from: the first signal asks for it, a second one ends at once. */
function interruptible(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => (stop.signal.aborted ? process.exit(1) : stop.abort()));
  }
  return stop.signal;
}

/** A level that isn't one is a fault for `start` and `doctor` to report, never a reason for commands to end. */
function commandLogLevel(level: string | undefined): string {
  return level && isLogLevel(level) ? level : "warn";
}
