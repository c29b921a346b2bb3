import { randomUUID } from "node:crypto";
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Log } from "../../log.ts";
import { sendProblem, toProblem } from "../problem.ts";
import { sendProblemPage, wantsPage } from "../problem-page.ts";
import { attemptCounter } from "../rate-limits.ts";
import { staticRoutes } from "../routes/static-files.ts";
import { securityHeaders } from "../security-headers.ts";
import { type SetupGate, setupGate } from "./gate.ts";

export interface SetupShell {
  server: FastifyInstance;
  gate: SetupGate;
}

/** A server that has nothing but the gate yet. */
export async function setupShell(
  deps: { log: Log; now: () => number },
  options: { trustProxy: string[]; publicUrl: string | null },
): Promise<SetupShell> {
  const loggerInstance: FastifyBaseLogger = deps.log;
  const server = Fastify({
    loggerInstance,
    // Our own line below names the route: an address can hold the link's token, a code or a state.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustProxy.length > 0 ? options.trustProxy : false,
    bodyLimit: 128 * 1024,
    requestTimeout: 120_000,
    genReqId: () => randomUUID(),
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    request.log.info({ method: request.method, route, status: reply.statusCode }, "request during set-up");
  });
  await securityHeaders(server, { publicUrl: "", providers: [], returnToOrigins: [] });
  await server.register(cookie);
  await server.register(formbody);
  server.removeContentTypeParser(["application/json", "text/plain"]);
  const { publicUrl } = options;
  const gate = setupGate(server, { countAttempt: await attemptCounter(server), now: deps.now, publicUrl });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    return gate.knows(request) || wantsPage(request)
      ? sendProblemPage(request, reply, problem)
      : sendProblem(request, reply, problem);
  });
  // Such as the page that GitHub sends an owner to after installing: set-up shows where it stands.
  server.setNotFoundHandler((_request, reply) => reply.redirect("/setup", 303));
  server.get("/healthz", async () => ({ status: "ok" }));
  server.get("/readyz", async (_request, reply) =>
    reply.code(503).header("retry-after", "5").send({ status: "not set up" }),
  );
  staticRoutes(server);
  return { server, gate };
}
