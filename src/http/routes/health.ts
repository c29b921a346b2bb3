import type { FastifyInstance } from "fastify";
import type { Database } from "../../store/database.ts";

/** Liveness, which depends on nothing else, and readiness, which depends on the database. */
export function healthRoutes(scope: FastifyInstance, deps: { database: Database }): void {
  scope.get("/healthz", async () => ({ status: "ok" }));
  scope.get("/readyz", async () => {
    await deps.database.query({ text: "SELECT 1 FROM users LIMIT 0" });
    return { status: "ready" };
  });
}
