import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { databaseName } from "./address.ts";

// "onbh" in ASCII, so that the lock can be recognised in pg_locks.
const lockKey = [0x6f6e6268, 1];
// A process that was just killed, or is just stopping, gets this long to let go.
const patience = 1500;

export interface FolderLock {
  /** Says that the server is about to be stopped: losing the connection is then no news. */
  expectEnd(): void;
  release(): Promise<void>;
}

/**
 * Makes this process the one that runs on the folder, or answers null when another one is. The lock lives as long as
 * its connection, so that a killed process leaves none behind. Also creates our database, since only the owner may.
 */
export async function takeFolderLock(
  deps: { log: (line: string) => void },
  options: { url: string },
): Promise<FolderLock | null> {
  const first = await connectAndLock(options);
  if (!first) return null;
  let client = first;
  let over = false;

  const watch = (held: pg.Client) => {
    held.on("error", () => {}); // "end" follows
    held.once("end", () => {
      if (over) return;
      deps.log("The connection that guards the embedded PostgreSQL's folder was lost; taking it again");
      void retake();
    });
  };
  const retake = async () => {
    while (!over) {
      await wait(1000, undefined, { ref: false });
      const next = over ? null : await connectAndLock(options).catch(() => null);
      if (!next) continue;
      if (over) return next.end();
      client = next;
      deps.log("The embedded PostgreSQL's folder is guarded again");
      return watch(client);
    }
  };

  watch(client);
  return {
    expectEnd: () => {
      over = true;
    },
    release: async () => {
      over = true;
      await client.end().catch(() => {});
    },
  };
}

async function connectAndLock(options: { url: string }): Promise<pg.Client | null> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: "onbehalf: guards the data folder",
    keepAlive: true,
  });
  client.on("error", () => {}); // the query or the connect in progress rejects as well
  await client.connect();
  try {
    if (await tryLock(client)) {
      await createDatabase(client);
      return client;
    }
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  await client.end();
  return null;
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const until = Date.now() + patience;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1, $2) AS taken", lockKey);
    if (rows[0]?.taken) return true;
    if (Date.now() > until) return false;
    await wait(50);
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [databaseName]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(databaseName)}`);
}
