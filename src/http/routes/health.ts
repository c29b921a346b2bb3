import type { FastifyInstance } from "fastify";
import { checkReady } from "../../store/check-ready.ts";
import type { Database } from "../../store/database.ts";

/** Liveness, which depends on nothing else, and readiness, which depends on the database. */
export function healthRoutes(scope: FastifyInstance, deps: { database: Database }): void {
  scope.get("/healthz", async () => ({ status: "ok" }));
  scope.get("/readyz", async () => {
    await checkReady(deps.database);
    return { status: "ready" };
  });
}
