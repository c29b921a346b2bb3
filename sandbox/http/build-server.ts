import { createServer, type RequestListener } from "node:http";
import formbody from "@fastify/formbody";
import fastify, { type FastifyInstance } from "fastify";
import { routeAppAuth } from "../app-auth/app-routes.ts";
import { routeSmartHttp } from "../git/smart-http.ts";
import { routeGraphql } from "../graphql/graphql-route.ts";
import { routeAccessToken } from "../oauth/access-token.ts";
import { routeApplications } from "../oauth/applications.ts";
import { routeAuthorize } from "../oauth/authorize.ts";
import { routeScopedTokens } from "../oauth/scoped-tokens.ts";
import { routePages } from "../pages/pages.ts";
import { routeConversions } from "../registration/conversions.ts";
import { routeRegistration } from "../registration/register-routes.ts";
import { routeRest } from "../rest/rest-routes.ts";
import { routeHook } from "../webhooks/hook-routes.ts";
import { fullName } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { announceLeftOut } from "./announce-left-out.ts";
import { callerApp } from "./caller-app.ts";
import type { Faults } from "./faults.ts";
import { observeRequests } from "./observe-requests.ts";
import type { RecordedRequest } from "./request-log.ts";
import { RestError } from "./rest-error.ts";

const LARGEST_BODY = 64 * 1024 * 1024;

interface Observing {
  log: RecordedRequest[];
  faults: Faults;
  latencyMs: number;
}

/** The whole HTTP surface, without listening. Who calls with an app's credentials sees GitHub as that app. */
export async function buildServer(world: World, observing: Observing): Promise<FastifyInstance> {
  const others = await Promise.all(
    world.apps
      .filter((one) => one !== world)
      .map(async (one) => {
        const server = await buildAppServer(one, observing);
        await server.ready();
        return { app: one, server };
      }),
  );
  if (others.length === 0) return buildAppServer(world, observing);
  return buildAppServer(world, observing, (first) => (request, response) => {
    const app = callerApp(world, request.headers.authorization);
    const other = others.find((one) => one.app === app);
    if (other) other.server.routing(request, response);
    else first(request, response);
  });
}

/** @param choose who answers a request, where there are more apps */
async function buildAppServer(
  world: World,
  observing: Observing,
  choose: (first: RequestListener) => RequestListener = (first) => first,
): Promise<FastifyInstance> {
  const server = fastify({
    serverFactory: (handler) => createServer(choose((request, response) => handler(request, response))),
    bodyLimit: LARGEST_BODY,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1000 },
    rewriteUrl: ({ url = "/" }) => byName(world, url),
  });
  await server.register(formbody);
  // Octokit sends bodies of DELETE requests, and some clients send none at all with a JSON type.
  server.removeContentTypeParser("application/json");
  server.addContentTypeParser(/^application\/(?:.*\+)?json/, { parseAs: "string" }, (_request, body, done) => {
    if (body === "") return done(null, undefined);
    try {
      done(null, JSON.parse(String(body)));
    } catch {
      done(new RestError(400, "Problems parsing JSON"));
    }
  });
  observeRequests(server, world, observing);
  server.setErrorHandler((error, request, reply) => {
    if (error instanceof RestError) return reply.code(error.status).headers(error.headers).send(error.body());
    const status =
      error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
    const words = error instanceof Error ? error.message : "Server Error";
    if (status >= 500) process.emitWarning(`sandbox: ${request.method} ${request.routeOptions.url}: ${words}`);
    return reply.code(status).send(new RestError(status, words).body());
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send(new RestError(404, "Not Found").body()));

  routeAuthorize(server, world);
  routeAccessToken(server, world);
  routeRegistration(server, world);
  routePages(server, world);
  await server.register(async (git) => routeSmartHttp(git, world));
  const { apiPath } = world.addresses;
  await server.register(
    async (api) => {
      announceLimits(api);
      routeApplications(api, world);
      routeScopedTokens(api, world);
      routeAppAuth(api, world);
      routeHook(api, world);
      routeConversions(api, world);
      announceLeftOut(api, world);
      routeRest(api, world);
    },
    { prefix: apiPath },
  );
  await server.register(async (api) => {
    announceLimits(api);
    announceLeftOut(api, world);
    routeGraphql(api, world, apiPath === "" ? "/graphql" : "/api/graphql");
  });
  return server;
}

/** `/repositories/ID/…` is `/repos/OWNER/NAME/…`, whatever the repository is called now. */
function byName(world: World, url: string): string {
  return url.replace(/\/repositories\/(\d+)(?=[/?]|$)/, (path, id) => {
    const repository = world.repositories.byId(Number(id));
    return repository ? `/repos/${fullName(repository)}` : path;
  });
}

/** The headers of a limit that is never reached: the sandbox counts nothing. */
function announceLimits(api: FastifyInstance) {
  api.addHook("onSend", async (_request, reply, payload) => {
    // A fault may have set its own.
    if (reply.hasHeader("x-ratelimit-limit")) return payload;
    reply.headers({
      "x-ratelimit-limit": "5000",
      "x-ratelimit-used": "1",
      "x-ratelimit-resource": "core",
      "x-github-media-type": "github.v3; format=json",
    });
    if (!reply.hasHeader("x-ratelimit-remaining")) reply.header("x-ratelimit-remaining", "4999");
    if (!reply.hasHeader("x-ratelimit-reset"))
      reply.header("x-ratelimit-reset", String(Math.ceil(Date.now() / 1000) + 3600));
    return payload;
  });
}
