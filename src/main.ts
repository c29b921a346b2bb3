#!/usr/bin/env node
import { existsSync } from "node:fs";
import { createProgram } from "./cli/program.ts";
import { ConfigError, readConfig, readStorageConfig } from "./config/read-config.ts";
import { Problem } from "./errors.ts";
import { createLog, isLogLevel } from "./log.ts";
import { redact } from "./redact.ts";
import { start } from "./start.ts";
import { EmbeddedError } from "./store/embedded/embedded-error.ts";

if (existsSync(".env")) process.loadEnvFile(".env");
const { env } = process;

/**
 * Runs until a signal: the first stops in order, a second one ends at once. One that comes during the start waits for
 * it, since what is half started can't be stopped: an embedded PostgreSQL would be left running.
 */
async function serve(): Promise<void> {
  const config = readConfig(env);
  const log = createLog({ level: config.logLevel });
  const starting = start({ log, fetch: globalThis.fetch }, config);
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      log.info({ signal }, "stopping");
      starting.then(
        (running) => running.stop().then(() => process.exit(0)),
        () => {}, // it has stopped what it began, and says why below
      );
    });
  }
  await starting;
}

const program = createProgram(
  {
    storage: readStorageConfig(env),
    log: createLog({ level: commandLogLevel(env.LOG_LEVEL) }, { write: (line) => process.stderr.write(line) }),
    print: (line) => process.stdout.write(`${line}\n`),
    environment: env,
    folder: ".",
    fetch: globalThis.fetch,
    nodeVersion: process.versions.node,
    colours: process.stdout.isTTY && !env.NO_COLOR,
    fail: () => {
      process.exitCode = 1;
    },
  },
  serve,
);

try {
  await program.parseAsync();
} catch (error) {
  const expected = error instanceof Problem || error instanceof ConfigError || error instanceof EmbeddedError;
  const text = error instanceof Error ? ((expected ? error.message : error.stack) ?? error.message) : String(error);
  process.stderr.write(`${redact(text)}\n`);
  process.exitCode = 1;
}

/** A level that isn't one is a fault for `start` and `doctor` to report, never a reason for commands to end. */
function commandLogLevel(level: string | undefined): string {
  return level && isLogLevel(level) ? level : "warn";
}
