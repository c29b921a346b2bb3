import { type Database, one, type Queryable } from "./database.ts";
import { knownMigrations } from "./migrate.ts";

export interface DatabaseState {
  /** As a person reads it. */
  version: string;
  /** As PostgreSQL counts: 180004 is 18.4. */
  number: number;
  /** It takes no writes. */
  standby: boolean;
  clock: Date;
}

export async function inspectDatabase(database: Queryable): Promise<DatabaseState> {
  return one(
    await database.query<DatabaseState & Record<string, unknown>>({
      text: `SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
        current_setting('server_version_num')::int AS number, pg_is_in_recovery() AS standby, clock_timestamp() AS clock`,
    }),
  );
}

export interface MigrationState {
  /** Known here and not applied there. */
  pending: string[];
  /** Applied there and not known here: a newer version has been at work. */
  unknown: string[];
  /** Whether the account may make tables. */
  mayCreate: boolean;
}

/** Compares the migrations with those applied. Waits for nobody and changes nothing, unlike `pending`. */
export async function inspectMigrations(database: Database): Promise<MigrationState> {
  const { kept, may_create } = one(
    await database.query<{ kept: boolean; may_create: boolean | null }>({
      text: `SELECT to_regclass('knex_migrations') IS NOT NULL AS kept,
        has_schema_privilege(current_schema(), 'CREATE') AS may_create`,
    }),
  );
  const { rows } = kept
    ? await database.query<{ name: string }>({ text: "SELECT name FROM knex_migrations ORDER BY id" })
    : { rows: [] };
  const applied = rows.map(({ name }) => name);
  const known = await knownMigrations();
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
    mayCreate: may_create ?? false,
  };
}
