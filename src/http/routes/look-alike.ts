import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type ApiCall, actOnApi, type LookAlikeDeps } from "../../actions/look-alike/act-on-api.ts";
import { readApiPath } from "../../actions/look-alike/api-path.ts";
import { tellsInBody } from "../../actions/look-alike/api-rules.ts";
import type { Upstream } from "../../providers/upstream.ts";
import { credentialOf } from "../credentials.ts";
import { readJson } from "../forward/read-json.ts";
import { requestHeaders } from "../forward/request-headers.ts";
import { callerGone, sendAnswer } from "../forward/send-answer.ts";

export type LookAlikeRouteDeps = LookAlikeDeps & { upstream: Upstream; apiUrl: string; publicUrl: string };

const prefix = "/api/v3";
const authorisation = (token: string) => ({ authorization: `token ${token}` });

/**
 * `/api/v3/…`: onbehalf looks like a GitHub Enterprise Server, so that any client that can be pointed at one works with
 * a pass, and acts as its person.
 */
export function lookAlikeRoutes(scope: FastifyInstance, deps: LookAlikeRouteDeps): void {
  // Bodies are the provider's to read; those that must be looked into are read where that is known.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  const answer = (request: FastifyRequest, reply: FastifyReply) => answerApi(deps, request, reply);
  for (const url of [prefix, `${prefix}/*`]) {
    scope.route({ method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], url, handler: answer });
  }
}

async function answerApi(
  deps: LookAlikeRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { method } = request;
  const path = readApiPath((request.raw.url ?? "").slice(prefix.length));
  const stream = request.body instanceof Readable ? request.body : null;
  const rest = path.segments[0] === "repos" ? path.segments.slice(3) : path.segments.slice(2);
  const read = stream && tellsInBody(method, rest) ? await readJson(stream, request.headers) : null;
  const signal = callerGone(reply);
  const call: ApiCall = {
    method,
    path,
    body: read,
    once: stream !== null && read === null,
    send: (token, upstreamPath) => {
      const headers = {
        ...requestHeaders(request.headers, read || !stream ? "none" : "stream"),
        ...authorisation(token),
      };
      const { origin, pathname } = new URL(deps.apiUrl);
      const base = pathname === "/" ? "" : pathname;
      return deps.upstream.send({
        url: { origin, path: `${base}${upstreamPath}` },
        method,
        headers,
        // What was checked is what is sent, and not another reading of the same bytes.
        body: read ? Buffer.from(JSON.stringify(read)) : stream,
        signal,
      });
    },
  };
  const caller = { credential: credentialOf(request), user: onBehalfOf(request), requestId: request.id };
  const answered = await actOnApi(deps, caller, call);
  return sendAnswer(reply, answered, { theirs: deps.apiUrl, ours: `${deps.publicUrl}${prefix}` });
}

function onBehalfOf({ headers }: FastifyRequest): string | null {
  const named = headers["x-on-behalf-of"];
  return typeof named === "string" ? named : null;
}
