import type { FastifyInstance } from "fastify";
import { Problem } from "../../errors.ts";
import { checkReadiness } from "../../store/readiness.ts";
import type { HttpDeps } from "../deps.ts";
import { sendProblem } from "../problem.ts";

/** Liveness, which depends on nothing else, and readiness: database, migrations and keys. */
export function healthRoutes(scope: FastifyInstance, deps: Pick<HttpDeps, "database" | "keyring">): void {
  scope.get("/healthz", async () => ({ status: "ok" }));
  scope.get("/readyz", async (request, reply) => {
    reply.header("cache-control", "no-store");
    const checks = await checkReadiness(deps);
    const faults = Object.values(checks).filter((says) => says !== "ok");
    if (faults.length === 0) return { status: "ready", checks };
    const problem = new Problem("not_ready", faults.join(" "), { retryAfter: 5 });
    return sendProblem(request, reply, problem, { checks });
  });
}
