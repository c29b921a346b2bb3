import { randomUUID } from "node:crypto";
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
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
import { boundJson } from "./http/bound-json.ts";
import { requireKeyBeforeBody } from "./http/credentials.ts";
import type { HttpDeps } from "./http/deps.ts";
import { endConnectionsAtStop } from "./http/end-connections.ts";
import { gitRoom } from "./http/forward/git-upstream.ts";
import { sendGitProblem } from "./http/git-problem.ts";
import { readJsonBodies } from "./http/json-body.ts";
import { admitLargeBodies, byNetwork, deliveryRoom } from "./http/large-bodies.ts";
import { requireSameOrigin } from "./http/origin.ts";
import { sendProblem, toProblem } from "./http/problem.ts";
import { sendProblemPage, wantsPage } from "./http/problem-page.ts";
import { attemptCounter, type CountAttempt } from "./http/rate-limits.ts";
import { requireDatabase } from "./http/require-database.ts";
import { createRoom } from "./http/room.ts";
import { accountRoutes } from "./http/routes/accounts.ts";
import { adminRoutes } from "./http/routes/admin.ts";
import { adminBotRoutes } from "./http/routes/admin-bots.ts";
import { auditEventRoutes } from "./http/routes/audit-events.ts";
import { commitRoutes } from "./http/routes/commits.ts";
import { connectRoutes } from "./http/routes/connect.ts";
import { delegationRoutes } from "./http/routes/delegations.ts";
import { eraseRoutes } from "./http/routes/erase.ts";
import { gitRoutes } from "./http/routes/git.ts";
import { gitIdentityRoutes } from "./http/routes/git-identity.ts";
import { gitLfsRoutes } from "./http/routes/git-lfs.ts";
import { healthRoutes } from "./http/routes/health.ts";
import { lookAlikeRoutes } from "./http/routes/look-alike.ts";
import { passRoutes } from "./http/routes/passes.ts";
import { permissionRoutes } from "./http/routes/permissions.ts";
import { proxyRoutes } from "./http/routes/proxy.ts";
import { repositoryRoutes } from "./http/routes/repositories.ts";
import { signInRoutes } from "./http/routes/sign-in.ts";
import { staticRoutes } from "./http/routes/static-files.ts";
import { userEndingRoutes } from "./http/routes/user-endings.ts";
import { userRoutes } from "./http/routes/users.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { limitUploadTime } from "./http/upload-time.ts";
import { type IntakeDeps, webhookRoutes } from "./webhooks/intake.ts";

/** What a form or a JSON body without files may weigh. */
const bodyLimit = 128 * 1024;

/** Builds the server without listening. */
export async function buildServer(
  deps: HttpDeps & IntakeDeps,
  options: { trustProxy: string[] },
): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = deps.log;
  const server = Fastify({
    loggerInstance,
    // Our own line below names the path without its query: a callback's holds a code.
    logController: new LogController({ disableRequestLogging: true }),
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
  endConnectionsAtStop(server);
  limitUploadTime(server);
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler((error: FastifyError, request, reply) => sendProblem(request, reply, toProblem(error)));
  server.setNotFoundHandler((request, reply) => {
    return answer(request, reply, new Problem("not_found", "onbehalf has no page and no route at this address."));
  });
  server.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  server.addHook("onResponse", async (request, reply) => {
    const [path] = request.url.split("?");
    request.log.info(
      { method: request.method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      "request",
    );
  });
  await securityHeaders(server, deps);
  const countAttempt = await attemptCounter(server);

  healthRoutes(server, deps);
  staticRoutes(server);
  webhookRoutes(server, {
    ...deps,
    countAttempt,
    admitLargeBodies: (scope) => admitLargeBodies(scope, deliveryRoom, byNetwork),
  });
  await server.register(async (scope) => apiScope(scope, deps, countAttempt));
  await server.register(async (scope) => lookAlikeScope(scope, deps, countAttempt));
  await server.register(async (scope) => proxyScope(scope, deps, countAttempt));
  await server.register(async (scope) => gitScope(scope, deps, countAttempt));
  await server.register(async (scope) => pageScope(scope, deps, countAttempt));
  return server;
}

/** Answers where no route does: with a page for a person's browser. */
function answer(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  return wantsPage(request) ? sendProblemPage(request, reply, problem) : sendProblem(request, reply, problem);
}

/** Callers with a key: JSON in, JSON or a problem out, no cookie read or set. */
function apiScope(scope: FastifyInstance, deps: HttpDeps, countAttempt: CountAttempt): void {
  admitLargeBodies(scope);
  boundJson(scope);
  readJsonBodies(scope);
  answerApiProblems(scope, countAttempt);
  requireKeyBeforeBody(scope, deps);
  commitRoutes(scope, deps);
  gitIdentityRoutes(scope, deps);
  passRoutes(scope, deps);
  userRoutes(scope, deps);
  userEndingRoutes(scope, deps);
  delegationRoutes(scope, deps);
  auditEventRoutes(scope, deps);
  repositoryRoutes(scope, deps);
}

/** Problems for programs; failed authentications are counted by address. */
function answerApiProblems(scope: FastifyInstance, countAttempt: CountAttempt): void {
  scope.setErrorHandler(async (error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    const counted = problem.status === 401 ? await countAttempt(request).then(() => problem, toProblem) : problem;
    return sendProblem(request, reply, counted);
  });
}

/** Clients of GitHub: whatever they send goes on to it, streamed. Cookies are neither read nor set. */
function lookAlikeScope(scope: FastifyInstance, deps: HttpDeps, countAttempt: CountAttempt): void {
  scope.setErrorHandler(async (error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    const counted = problem.status === 401 ? await countAttempt(request).then(() => problem, toProblem) : problem;
    // Clients of GitHub show `message`, and Octokit reads it from this type alone.
    return sendProblem(request, reply, counted, { type: "application/json", message: counted.message });
  });
  requireKeyBeforeBody(scope, deps);
  lookAlikeRoutes(scope, deps);
}

/** Clients of other providers, streamed both ways. Cookies are neither read nor set. */
function proxyScope(scope: FastifyInstance, deps: HttpDeps, countAttempt: CountAttempt): void {
  answerApiProblems(scope, countAttempt);
  requireKeyBeforeBody(scope, deps);
  proxyRoutes(scope, deps);
}

/** Git: packs are streamed both ways. Cookies are neither read nor set. */
function gitScope(scope: FastifyInstance, deps: HttpDeps, countAttempt: CountAttempt): void {
  // Git begins without credentials, every time, and sends them when it is asked to: only wrong ones count.
  const counted = async (request: FastifyRequest, problem: Problem) =>
    problem.code === "key_invalid" ? countAttempt(request).then(() => problem, toProblem) : problem;
  scope.setErrorHandler(async (error: FastifyError, request, reply) =>
    sendGitProblem(request, reply, await counted(request, toProblem(error))),
  );
  requireKeyBeforeBody(scope, deps);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  const room = createRoom(gitRoom);
  gitRoutes(scope, { ...deps, room });
  scope.register(async (lfs) => {
    lfs.setErrorHandler(async (error: FastifyError, request, reply) => {
      const problem = await counted(request, toProblem(error));
      if (problem.status === 401) reply.header("lfs-authenticate", 'Basic realm="onbehalf"');
      // Git LFS shows `message`.
      return sendProblem(request, reply, problem, { message: problem.message });
    });
    gitLfsRoutes(lfs, { ...deps, room });
  });
}

/** People with a browser: forms in, pages out. */
async function pageScope(scope: FastifyInstance, deps: HttpDeps, countAttempt: CountAttempt): Promise<void> {
  await scope.register(cookie);
  await scope.register(formbody);
  scope.removeContentTypeParser(["application/json", "text/plain"]);
  scope.setErrorHandler((error: FastifyError, request, reply) => sendProblemPage(request, reply, toProblem(error)));
  requireSameOrigin(scope, deps);
  requireDatabase(scope, deps);
  scope.addHook("onRequest", async (request) => {
    if (request.url.startsWith("/sign-in/")) await countAttempt(request);
  });
  signInRoutes(scope, deps);
  connectRoutes(scope, { ...deps, countAttempt });
  accountRoutes(scope, deps);
  eraseRoutes(scope, deps);
  permissionRoutes(scope, deps);
  adminRoutes(scope, deps);
  adminBotRoutes(scope, deps);
}
