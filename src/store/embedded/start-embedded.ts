import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { addressOf, databaseName, saveAddress } from "./address.ts";
import { findBinaries } from "./binaries.ts";
import { clusterPassword } from "./cluster-password.ts";
import { EmbeddedError } from "./embedded-error.ts";
import { takeFolderLock } from "./folder-lock.ts";
import { prepareCluster } from "./prepare-cluster.ts";
import { removeStaleNote, runningServer } from "./running-server.ts";
import { startServer } from "./start-server.ts";
import { type RunningServer, stopServer } from "./stop-server.ts";

export interface Embedded {
  url: string;
  /** False when the server of a killed process was found running and taken over. */
  started: boolean;
  /** Stops the server and waits until it is gone; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Runs a PostgreSQL of our own on `dataDir`, for this process alone.
 *
 * @throws EmbeddedError with code `data_dir_in_use` when another process runs on the folder.
 */
export async function startEmbedded(
  deps: { log: (line: string) => void },
  options: { dataDir: string; settings?: Record<string, string> },
): Promise<Embedded> {
  const binaries = await findBinaries();
  // As root, others may pass through (PostgreSQL runs as another account) but not look around.
  await mkdir(options.dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const dataDir = await realpath(options.dataDir);
  const clusterDir = join(dataDir, "postgres");
  const settings = options.settings ?? {};
  const launch = await prepareCluster(
    { log: deps.log, binaries },
    { dataDir, clusterDir, sync: settings.fsync !== "off" },
  );
  const server = { log: deps.log, binaries, launch };
  const password = await clusterPassword(clusterDir);

  for (let attempt = 1; ; attempt++) {
    const found = await findOrStart(server, { dataDir, clusterDir, settings });
    const stopIt = () => stopServer(server, { clusterDir, server: found.server });
    try {
      const lock = await takeFolderLock(deps, { url: addressOf({ password, port: found.port, database: "postgres" }) });
      // The server stays: whoever holds the lock is using it, even if we started it.
      if (!lock) throw inUse(dataDir);
      const url = addressOf({ password, port: found.port, database: databaseName });
      await saveAddress(dataDir, url);
      const stop = async () => {
        // The lock is kept until the server is gone, so that nobody takes over a server that is stopping.
        lock.expectEnd();
        watched.over = true;
        await stopIt();
        await lock.release();
      };
      const watched = watch(deps, found.server);
      let stopping: Promise<void> | undefined;
      return { url, started: found.server.child !== null, stop: () => (stopping ??= stop()) };
    } catch (error) {
      if (error instanceof EmbeddedError) throw error;
      if (found.server.child) await stopIt();
      // A server found running may have been stopping: look again.
      if (found.server.child || attempt === 20) throw error;
      await wait(100);
    }
  }
}

type FindDeps = Parameters<typeof startServer>[0];
type FindOptions = Parameters<typeof startServer>[1];

async function findOrStart(deps: FindDeps, options: FindOptions): Promise<{ server: RunningServer; port: number }> {
  for (;;) {
    const running = await runningServer(options);
    if (running) return { server: { pid: running.pid, child: null }, port: running.port };
    await removeStaleNote(options);
    const started = await startServer(deps, options);
    if (started?.child.pid) return { server: { pid: started.child.pid, child: started.child }, port: started.port };
    await wait(100);
  }
}

function watch(deps: { log: (line: string) => void }, server: RunningServer): { over: boolean } {
  const watched = { over: false };
  server.child?.once("exit", (code, signal) => {
    if (!watched.over) deps.log(`The embedded PostgreSQL ended unexpectedly (${signal ?? code}); restart onbehalf`);
  });
  return watched;
}

function inUse(dataDir: string): EmbeddedError {
  return new EmbeddedError(
    "data_dir_in_use",
    `Another onbehalf runs on the folder ${dataDir}. Stop it, or set DATA_DIR to another folder, ` +
      "or set DATABASE_URL to a PostgreSQL that several may share.",
  );
}
