import type { Keyring } from "../crypto/keyring.ts";
import type { Database } from "./database.ts";
import { findUnknownKeys } from "./encryption-keys.ts";
import { inspectMigrations } from "./inspect-database.ts";

/** What a replica needs before it is sent requests: "ok", or what to do, in words. */
export type Readiness = Record<"database" | "migrations" | "keys", string>;

/**
 * Looks whether the database answers, has all that this version needs, and holds nothing that is sealed with a key
 * which this process lacks. Waits for nobody and changes nothing.
 * @throws Problem `database_unavailable`
 */
export async function checkReadiness(deps: { database: Database; keyring: Keyring }): Promise<Readiness> {
  const { pending } = await inspectMigrations(deps.database);
  // The tables of the keys may be among what is missing.
  const keys = pending.length > 0 ? [] : await findUnknownKeys(deps);
  return {
    database: "ok",
    migrations: pending.length === 0 ? "ok" : `Not applied: ${pending.join(", ")}. A start applies them.`,
    keys: keys.length === 0 ? "ok" : `ENCRYPTION_KEYS lacks what these rows were sealed with: ${keys.join(", ")}.`,
  };
}
