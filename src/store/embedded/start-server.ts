import type { ChildProcess } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import type { Binaries } from "./binaries.ts";
import { EmbeddedError } from "./embedded-error.ts";
import { freePort } from "./free-port.ts";
import { readPostmaster } from "./postmaster.ts";
import { openServerLog, serverLogFile } from "./server-log.ts";
import { type Launch, spawnProgram } from "./unprivileged.ts";

interface ServerOptions {
  dataDir: string;
  clusterDir: string;
  settings: Record<string, string>;
}

/** Starts PostgreSQL and waits until it takes connections; null when another starter's server has the cluster. */
export async function startServer(
  deps: { log: (line: string) => void; binaries: Binaries; launch: Launch },
  options: ServerOptions,
): Promise<{ child: ChildProcess; port: number } | null> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const serverLog = await openServerLog(options.dataDir);
    try {
      const args = serverArguments(options, port);
      const child = spawnProgram(deps.launch, deps.binaries.postgres, args, ["ignore", serverLog.fd, serverLog.fd]);
      const failure = await untilReady(deps, child, options);
      if (!failure) {
        child.unref();
        return { child, port };
      }
      const said = await serverLog.tail();
      if (said.includes('"postmaster.pid" already exists')) return null;
      if (!said.includes("could not bind") || attempt === 5) throw cannotStart(options, failure, said);
    } finally {
      await serverLog.close();
    }
  }
}

function cannotStart(options: ServerOptions, failure: string, said: string): EmbeddedError {
  return new EmbeddedError(
    "embedded_failed",
    `The embedded PostgreSQL on ${options.clusterDir} ${failure}. ${said} (${serverLogFile(options.dataDir)}). ` +
      "Repair that, or set DATABASE_URL to a PostgreSQL of your own.",
  );
}

function serverArguments(options: ServerOptions, port: number): string[] {
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    // Statements and details may quote personal data.
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    ...options.settings,
    port: String(port),
  };
  return ["-D", options.clusterDir, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

/** Null once the server is ready, otherwise what happened to it. Recovery after a crash may take a while. */
async function untilReady(
  deps: { log: (line: string) => void },
  child: ChildProcess,
  options: ServerOptions,
): Promise<string | null> {
  let failure: string | null = null;
  child.once("error", (error) => {
    failure = `could not be run: ${error.message}`;
  });
  child.once("exit", (code, signal) => {
    failure ??= `ended while it started (${signal ?? code})`;
  });
  const begun = Date.now();
  let told = false;
  while (!failure) {
    const postmaster = await readPostmaster(options.clusterDir);
    if (postmaster && postmaster.pid === child.pid && postmaster.status === "ready") return null;
    if (!told && Date.now() - begun > 5000) {
      told = true;
      deps.log("The embedded PostgreSQL is still starting; after a crash it first replays its log");
    }
    await wait(10);
  }
  return failure;
}
