import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { LookAlikeDeps } from "../../actions/look-alike/allow.ts";
import { readApiPath } from "../../actions/look-alike/api-path.ts";
import type { Upstream } from "../../providers/upstream.ts";
import { credentialOf } from "../credentials.ts";
import { answerApi, answerGraphql, type GithubApiCall } from "../forward/answer-github-api.ts";
import { createJsonReader } from "../forward/read-with-room.ts";
import { providerOf } from "../named-provider.ts";

export type LookAlikeRouteDeps = LookAlikeDeps & { upstream: Upstream; apiUrl: string; publicUrl: string };

const prefix = "/api/v3";

/**
 * `/api/v3/…` and `/api/graphql`: onbehalf looks like a GitHub Enterprise Server, so that any client that can be pointed at one works with
 * a pass, and acts as its person.
 */
export function lookAlikeRoutes(scope: FastifyInstance, routeDeps: LookAlikeRouteDeps): void {
  const deps = { ...routeDeps, read: createJsonReader() };
  // Bodies are the provider's to read; those that must be looked into are read where that is known.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  const call = (request: FastifyRequest): GithubApiCall => ({
    caller: callerOf(request),
    ours: `${deps.publicUrl}${prefix}`,
  });
  scope.post("/api/graphql", (request, reply) => answerGraphql(deps, request, reply, call(request)));
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const path = readApiPath((request.raw.url ?? "").slice(prefix.length));
    return answerApi(deps, request, reply, { ...call(request), path });
  };
  for (const url of [prefix, `${prefix}/*`]) {
    const method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    scope.route({ method, url, config: { takesLong: true }, handler: answer });
  }
}

function callerOf(request: FastifyRequest) {
  const named = request.headers["x-on-behalf-of"];
  const user = typeof named === "string" ? named : null;
  return { credential: credentialOf(request), user, provider: providerOf(request), requestId: request.id };
}
