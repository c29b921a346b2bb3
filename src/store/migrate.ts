import { readdir } from "node:fs/promises";
import knex, { type Knex } from "knex";
import pg from "pg";
import { Problem } from "../errors.ts";

// "onbh" in ASCII; 1 guards the embedded PostgreSQL's folder.
const lockKey = [0x6f6e6268, 2];
const defaultDirectory = new URL("../../migrations/", import.meta.url);

export interface MigrateOptions {
  url: string;
  /** Another folder of migrations, for tests. */
  directory?: URL;
}

/** Applies the migrations that the database doesn't have yet. Replicas that start together wait for each other. */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  return locked(options, async (migrator) => ({ applied: namesIn(await migrator.latest()) }));
}

/** Takes the last batch of migrations back, or all of them. */
export async function rollback(options: MigrateOptions & { all?: boolean }): Promise<{ reverted: string[] }> {
  return locked(options, async (migrator) => ({ reverted: namesIn(await migrator.rollback({}, options.all)) }));
}

/** The names of the migrations that the database doesn't have yet. */
export async function pending(options: MigrateOptions): Promise<string[]> {
  return locked(options, async (migrator) => {
    const [, unapplied]: [unknown, string[]] = await migrator.list();
    return unapplied.map(nameOf);
  });
}

/** The names of the migrations that this version has. */
export async function knownMigrations(): Promise<string[]> {
  return (await filesIn(defaultDirectory)).map(nameOf);
}

/**
 * Runs `work` while nobody else migrates this database.
 *
 * Knex notes its own lock in a table, where it stays for ever when the process is killed. Ours ends with its connection;
 * and since we have it, whatever knex's table says is a leftover.
 */
async function locked<T>(options: MigrateOptions, work: (migrator: Knex.Migrator) => Promise<T>): Promise<T> {
  const guard = new pg.Client({
    connectionString: options.url,
    application_name: "onbehalf: migrates",
    keepAlive: true,
  });
  guard.on("error", () => {}); // losing it mid-way is harmless: knex's lock holds within its transaction
  await connect(guard);
  const warnings: string[] = [];
  const database = knex({
    client: "pg",
    connection: options.url,
    pool: { min: 0, max: 2 },
    log: { warn: (line) => warnings.push(String(line)), error() {}, debug() {}, deprecate() {} },
    migrations: {
      migrationSource: migrationsIn(options.directory ?? defaultDirectory),
      // A newer version may have been here: this one goes on beside it, and may start again meanwhile.
      disableMigrationsListValidation: true,
    },
  });
  try {
    await guard.query("SELECT pg_advisory_lock($1, $2)", lockKey);
    await database.migrate.forceFreeMigrationsLock();
    return await work(database.migrate);
  } catch (cause) {
    // Only knex's warnings name the migration.
    if (warnings.length > 0) throw new Error(`The database could not be migrated: ${warnings.join("; ")}`, { cause });
    throw cause;
  } finally {
    await database.destroy();
    await guard.end().catch(() => {});
  }
}

/** The first connection of every start and command: what is wrong with it is said in words. */
async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const why = cause instanceof Error && cause.message ? cause.message : code;
    const detail = `The database can't be used: ${why}. Check DATABASE_URL, and that PostgreSQL runs there.`;
    throw new Problem("database_unavailable", detail, { retryAfter: 5, cause });
  }
}

/** Names leave the extension out, so that the sources (.ts) and the published package (.js) mean the same migration. */
function migrationsIn(directory: URL): Knex.MigrationSource<string> {
  return {
    getMigrations: () => filesIn(directory),
    getMigrationName: nameOf,
    getMigration: (file) => import(new URL(file, directory).href),
  };
}

async function filesIn(directory: URL): Promise<string[]> {
  return (await readdir(directory)).filter((name) => /(?<!\.d)\.[jt]s$/.test(name)).sort();
}

function nameOf(file: string): string {
  return file.replace(/\.[jt]s$/, "");
}

/** Knex answers [batch, names]. */
function namesIn(answer: unknown): string[] {
  const names: unknown = Array.isArray(answer) ? answer[1] : [];
  return Array.isArray(names) ? names.map(String) : [];
}
