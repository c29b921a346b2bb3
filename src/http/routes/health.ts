import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { Problem } from "../../errors.ts";
import { checkReadiness } from "../../store/readiness.ts";
import type { HttpDeps } from "../deps.ts";
import { operation } from "../openapi/operation.ts";
import { sendProblem } from "../problem.ts";

const alive = {
  ...operation("isAlive", {
    area: "Health",
    summary: "Whether the process answers",
    description: "Depends on nothing else.",
    callers: [],
  }),
  response: { 200: z.object({ status: z.literal("ok") }).describe("It does.") },
};

const ready = {
  ...operation("isReady", {
    area: "Health",
    summary: "Whether calls can be served",
    description: "That is, whether the database answers, is up to date, and is sealed with keys that are known here.",
    callers: [],
    problems: ["database_unavailable", "not_ready"],
  }),
  response: {
    200: z
      .object({
        status: z.literal("ready"),
        checks: z.object({ database: z.string(), migrations: z.string(), keys: z.string() }),
      })
      .describe("They can."),
  },
};

/** Liveness, which depends on nothing else, and readiness: database, migrations and keys. */
export function healthRoutes(scope: FastifyInstance, deps: Pick<HttpDeps, "database" | "keyring">): void {
  scope.get("/healthz", { schema: alive }, async () => ({ status: "ok" }));
  scope.get("/readyz", { schema: ready }, async (request, reply) => {
    reply.header("cache-control", "no-store");
    const checks = await checkReadiness(deps);
    const faults = Object.values(checks).filter((says) => says !== "ok");
    if (faults.length === 0) return { status: "ready", checks };
    const problem = new Problem("not_ready", faults.join(" "), { retryAfter: 5 });
    return sendProblem(request, reply, problem, { checks });
  });
}
