import type { Queryable } from "./database.ts";

/** Fails unless the database answers and has been migrated. */
export async function checkReady(database: Queryable): Promise<void> {
  await database.query({ text: "SELECT 1 FROM users LIMIT 0" });
}
