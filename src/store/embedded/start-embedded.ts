import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { addressOf, databaseName, saveAddress } from "./address.ts";
import { findBinaries } from "./binaries.ts";
import { clusterPassword } from "./cluster-password.ts";
import { EmbeddedError } from "./embedded-error.ts";
import { type FolderLock, takeFolderLock } from "./folder-lock.ts";
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
  const dataDir = await makeFolder(options.dataDir);
  const clusterDir = join(dataDir, "postgres");
  const settings = options.settings ?? {};
  const sync = settings.fsync !== "off";
  const launch = await prepareCluster({ log: deps.log, binaries }, { dataDir, clusterDir, sync });
  const serverDeps = { log: deps.log, binaries, launch };
  const password = await clusterPassword(clusterDir);
  const { server, port, lock } = await takeServer(serverDeps, { dataDir, clusterDir, settings, password });

  const watched = watch(deps, server);
  const stopOnce = async () => {
    watched.over = true;
    // The lock is kept until the server is gone, so that nobody takes over a server that is stopping.
    lock.expectEnd();
    await stopServer(serverDeps, { clusterDir, server }).finally(lock.release);
  };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopOnce();
    return stopping;
  };
  const url = addressOf({ password, port, database: databaseName });
  try {
    await saveAddress(dataDir, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, started: server.child !== null, stop };
}

async function makeFolder(path: string): Promise<string> {
  try {
    // As root, others may pass through (PostgreSQL runs as another account) but not look around.
    await mkdir(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    return await realpath(path);
  } catch (cause) {
    throw new EmbeddedError(
      "embedded_unreachable",
      `The folder ${path} can't be made. Set DATA_DIR to a folder that this account may write to, ` +
        "or DATABASE_URL to a PostgreSQL of your own.",
      { cause },
    );
  }
}

/** The cluster's server, running, with the lock that makes it ours. */
async function takeServer(deps: FindDeps, options: FindOptions & { password: string }) {
  for (let attempt = 1; ; attempt++) {
    const { server, port } = await findOrStart(deps, options);
    let lock: FolderLock | null;
    try {
      lock = await takeFolderLock(deps, { url: addressOf({ password: options.password, port, database: "postgres" }) });
    } catch (error) {
      if (server.child) await stopServer(deps, { clusterDir: options.clusterDir, server });
      // A server found running may have been stopping: look again.
      if (server.child || attempt === 20) throw error;
      await wait(100);
      continue;
    }
    // The server stays: whoever holds the lock is using it, even if it was us who started it.
    if (!lock) throw inUse(options.dataDir);
    return { server, port, lock };
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
