import { randomUUID } from "node:crypto";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { Problem } from "./errors.ts";
import { carryIds } from "./http/carry-ids.ts";
import { countRequests } from "./http/count-requests.ts";
import type { HttpDeps } from "./http/deps.ts";
import { endConnectionsAtStop } from "./http/end-connections.ts";
import { admitLargeBodies, byNetwork, deliveryRoom } from "./http/large-bodies.ts";
import { loggedPath } from "./http/logged-path.ts";
import { sendProblem, toProblem } from "./http/problem.ts";
import { sendProblemPage, wantsPage } from "./http/problem-page.ts";
import { attemptCounter } from "./http/rate-limits.ts";
import { healthRoutes } from "./http/routes/health.ts";
import { hookRoutes } from "./http/routes/hooks.ts";
import { metricsRoutes } from "./http/routes/metrics.ts";
import { staticRoutes } from "./http/routes/static-files.ts";
import { apiScope } from "./http/scopes/api.ts";
import { gitScope } from "./http/scopes/git.ts";
import { lookAlikeScope } from "./http/scopes/look-alike.ts";
import { pageScope } from "./http/scopes/pages.ts";
import { proxyScope } from "./http/scopes/proxy.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { limitUploadTime } from "./http/upload-time.ts";
import { type IntakeDeps, webhookRoutes } from "./webhooks/intake.ts";

/** What a form or a JSON body without files may weigh. */
const bodyLimit = 128 * 1024;

/** Builds the server without listening. */
export async function buildServer(
  deps: HttpDeps & IntakeDeps,
  options: { trustProxy: string[]; metricsToken: string | null },
): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = deps.log;
  const server = Fastify({
    loggerInstance,
    // Our own line below names no more of an address than may be known.
    logController: new LogController({ disableRequestLogging: true }),
    // The log itself names the request, also on lines of those who know of none.
    childLoggerFactory: (logger) => logger,
    trustProxy: options.trustProxy.length > 0 ? options.trustProxy : false,
    bodyLimit,
    // See limitUploadTime.
    requestTimeout: 0,
    http: { headersTimeout: 60_000 },
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 1000 },
    // An address that can't be decoded comes to no route and to no error handler.
    frameworkErrors: (error, request, reply) =>
      answer(
        request,
        reply,
        new Problem("bad_request", "The address can't be read: a % in it is %25.", { cause: error }),
      ),
  });
  carryIds(server, deps);
  countRequests(server, deps);
  endConnectionsAtStop(server);
  limitUploadTime(server);
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler((error: FastifyError, request, reply) => sendProblem(request, reply, toProblem(error)));
  server.setNotFoundHandler((request, reply) => {
    return answer(request, reply, new Problem("not_found", "onbehalf has no page and no route at this address."));
  });
  server.addHook("onResponse", async (request, reply) => {
    const { id: reqId, method } = request;
    const [path, ms] = [loggedPath(request), Math.round(reply.elapsedTime)];
    request.log.info({ reqId, method, path, status: reply.statusCode, ms }, "request");
  });
  await securityHeaders(server, {
    publicUrl: deps.publicUrl,
    providers: [...deps.providers.values()],
    returnToOrigins: deps.returnToOrigins,
  });
  const countAttempt = await attemptCounter(server);
  const scopeDeps = { ...deps, countAttempt };

  healthRoutes(server, deps);
  metricsRoutes(server, { ...scopeDeps, metricsToken: options.metricsToken });
  staticRoutes(server);
  hookRoutes(server, scopeDeps);
  webhookRoutes(server, {
    ...scopeDeps,
    admitLargeBodies: (scope) => admitLargeBodies(scope, deliveryRoom, byNetwork),
  });
  await server.register(async (scope) => apiScope(scope, scopeDeps));
  await server.register(async (scope) => lookAlikeScope(scope, scopeDeps));
  await server.register(async (scope) => proxyScope(scope, scopeDeps));
  await server.register(async (scope) => gitScope(scope, scopeDeps));
  await server.register(async (scope) => pageScope(scope, scopeDeps));
  return server;
}

/** Answers where no route does: with a page for a person's browser. */
function answer(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  return wantsPage(request) ? sendProblemPage(request, reply, problem) : sendProblem(request, reply, problem);
}
