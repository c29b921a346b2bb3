import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { StorageConfig } from "../config/read-config.ts";
import type { Log } from "../log.ts";
import { type Database, openDatabase } from "./database.ts";
import { attachEmbedded } from "./embedded/attach-embedded.ts";
import { startEmbedded } from "./embedded/start-embedded.ts";

/** A database as it was found. */
export interface OpenedDatabase {
  database: Database;
  /** Where it is, without a password. */
  place: string;
  close(): Promise<void>;
}

/**
 * Opens the database without migrating it: the configured one, the running app's embedded one, or the embedded one
 * started until `close`.
 * @returns null where there is none yet
 */
export async function openUnmigrated(deps: { log: Log }, storage: StorageConfig): Promise<OpenedDatabase | null> {
  const { databaseUrl } = storage;
  if (databaseUrl) return opened(deps, databaseUrl, `at ${URL.parse(databaseUrl)?.host || "DATABASE_URL"}`);
  const running = await attachEmbedded(storage);
  if (running) return opened(deps, running.url, "embedded, running");
  const version = join(storage.dataDir, "postgres", "PG_VERSION");
  const missing = await stat(version).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT" || error.code === "ENOTDIR",
  );
  if (missing) return null;
  const own = await startEmbedded({ log: (line) => deps.log.debug(line) }, storage);
  return opened(deps, own.url, "embedded, not running", own.stop);
}

function opened(deps: { log: Log }, url: string, place: string, stop?: () => Promise<void>): OpenedDatabase {
  const database = openDatabase(deps, { url, connections: 2 });
  const close = async () => {
    await database.close();
    await stop?.();
  };
  return { database, place, close };
}
