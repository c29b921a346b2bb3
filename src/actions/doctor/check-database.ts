import type { StorageConfig } from "../../config/read-config.ts";
import type { Log } from "../../log.ts";
import type { Database } from "../../store/database.ts";
import { inspectDatabase, inspectMigrations } from "../../store/inspect-database.ts";
import { openUnmigrated } from "../../store/open-unmigrated.ts";
import { words } from "./examination.ts";
import { type Finding, failure, type Outcome, ok, warning } from "./finding.ts";

// gen_random_uuid() came with 13.
const oldestPostgres = 130_000;
/** Tokens are measured with the database's clock, everything in this process with its own. */
const clockToleranceSeconds = 30;

/**
 * PostgreSQL can be reached. The embedded one is started for as long as the checks take, where none runs.
 * @param release told what is to be undone when all checks are over
 */
export async function checkDatabase(
  deps: { log: Log },
  storage: StorageConfig,
  release: (undo: () => Promise<void>) => void,
): Promise<Outcome<Database>> {
  try {
    const opened = await openUnmigrated(deps, storage);
    if (!opened) {
      const says = `There is no database in ${storage.dataDir} yet, and no DATABASE_URL.`;
      return warning(says, "The first start makes one; or set DATABASE_URL to a PostgreSQL of your own.");
    }
    release(opened.close);
    const { database, place } = opened;
    const { version, number, standby } = await inspectDatabase(database);
    if (number < oldestPostgres) {
      return failure(`PostgreSQL ${version} is too old.`, "Use PostgreSQL 13 or newer.");
    }
    if (standby) {
      const says = `PostgreSQL ${version} (${place}) takes no writes: it is a standby.`;
      return failure(says, "Point DATABASE_URL at the primary.");
    }
    return { ...ok(`PostgreSQL ${version} (${place}) answers.`), value: database };
  } catch (error) {
    const repair = storage.databaseUrl
      ? "See that DATABASE_URL is right and that PostgreSQL runs and lets this machine in."
      : "See postgres.log in DATA_DIR; or set DATABASE_URL to a PostgreSQL of your own.";
    return failure(`The database can't be used: ${words(error)}`, repair);
  }
}

/** What a start would still change. @returns the database, once it has every table */
export async function checkMigrations(database: Database): Promise<Outcome<Database>> {
  const { pending, unknown, mayCreate } = await inspectMigrations(database);
  if (unknown.length > 0) {
    const says = `The database has migrations that this version doesn't know: ${unknown.join(", ")}.`;
    return failure(says, "Run the onbehalf that made them, or a newer one.");
  }
  if (pending.length === 0) return { ...ok("Every migration is applied."), value: database };
  const says = `To be applied: ${pending.join(", ")}.`;
  if (mayCreate) return warning(says, "The next start does so; or run: onbehalf migrate");
  const repair = "Give the account in DATABASE_URL the right to create tables in its schema.";
  return failure(`${says} The database's account may create nothing.`, repair);
}

/** This machine and the database agree what time it is. */
export async function checkDatabaseClock(database: Database): Promise<Finding> {
  const asked = Date.now();
  const { clock } = await inspectDatabase(database);
  const seconds = Math.round((clock.getTime() - (asked + Date.now()) / 2) / 1000);
  if (Math.abs(seconds) <= clockToleranceSeconds) {
    return ok("This machine's clock agrees with the database's.");
  }
  const says = `The database's clock is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} this machine's.`;
  return warning(says, "Let both be set by NTP.");
}
