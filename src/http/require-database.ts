import type { FastifyInstance } from "fastify";
import { checkReady } from "../store/check-ready.ts";
import type { Database } from "../store/database.ts";

/** With the database away a page says so, also one that needs nothing of it: nothing on it would work. */
export function requireDatabase(scope: FastifyInstance, deps: { database: Database }): void {
  scope.addHook("onRequest", async () => checkReady(deps.database));
}
