import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type ApiCall, actOnApi } from "../../actions/look-alike/act-on-api.ts";
import { actOnGraphql } from "../../actions/look-alike/act-on-graphql.ts";
import type { ApiCaller, LookAlikeDeps } from "../../actions/look-alike/allow.ts";
import { readApiPath } from "../../actions/look-alike/api-path.ts";
import { tellsInBody } from "../../actions/look-alike/api-rules.ts";
import { Problem } from "../../errors.ts";
import { graphqlAddress } from "../../github/client.ts";
import type { Upstream } from "../../providers/upstream.ts";
import { credentialOf } from "../credentials.ts";
import { createJsonReader, type ReadJson } from "../forward/read-with-room.ts";
import { requestHeaders } from "../forward/request-headers.ts";
import { callerGone, sendAnswer } from "../forward/send-answer.ts";
import { announcedBytes } from "../large-bodies.ts";

export type LookAlikeRouteDeps = LookAlikeDeps & { upstream: Upstream; apiUrl: string; publicUrl: string };

const prefix = "/api/v3";
const authorisation = (token: string) => ({ authorization: `token ${token}` });
/** What was read as JSON is sent as JSON: under another type the same bytes could say something else. */
const asJson = { "content-type": "application/json" };

/**
 * `/api/v3/…` and `/api/graphql`: onbehalf looks like a GitHub Enterprise Server, so that any client that can be pointed at one works with
 * a pass, and acts as its person.
 */
export function lookAlikeRoutes(scope: FastifyInstance, deps: LookAlikeRouteDeps): void {
  const read = createJsonReader();
  // Bodies are the provider's to read; those that must be looked into are read where that is known.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  scope.post("/api/graphql", (request, reply) => answerGraphql(deps, request, reply, read));
  const answer = (request: FastifyRequest, reply: FastifyReply) => answerApi(deps, request, reply, read);
  for (const url of [prefix, `${prefix}/*`]) {
    const method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    scope.route({ method, url, config: { takesLong: true }, handler: answer });
  }
}

const graphqlBody = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

async function answerGraphql(
  deps: LookAlikeRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  read: ReadJson,
): Promise<FastifyReply> {
  const stream = request.body instanceof Readable ? request.body : Readable.from([]);
  const parsed = graphqlBody.safeParse(await read(request, reply, stream));
  if (!parsed.success) throw new Problem("bad_request", "Send one GraphQL request: query, variables, operationName.");
  const { query, variables, operationName } = parsed.data;
  const body = Buffer.from(JSON.stringify({ query, variables, operationName }));
  const signal = callerGone(reply);
  const { origin, pathname: path } = new URL(graphqlAddress(deps.apiUrl));
  const asked = { query, variables: variables ?? {}, operationName: operationName ?? null };
  const answered = await actOnGraphql(deps, callerOf(request), asked, (token) => {
    const headers = { ...requestHeaders(request.headers, "none"), ...asJson, ...authorisation(token) };
    return deps.upstream.send({ url: { origin, path }, method: "POST", headers, body, signal });
  });
  return sendAnswer(reply, answered, { theirs: deps.apiUrl, ours: `${deps.publicUrl}${prefix}` });
}

function callerOf(request: FastifyRequest): ApiCaller {
  const named = request.headers["x-on-behalf-of"];
  const user = typeof named === "string" ? named : null;
  return { credential: credentialOf(request), user, requestId: request.id };
}

async function answerApi(
  deps: LookAlikeRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  readBody: ReadJson,
): Promise<FastifyReply> {
  const { method } = request;
  const path = readApiPath((request.raw.url ?? "").slice(prefix.length));
  // Clients name a type for bodies that they don't send. What has no body can be sent twice.
  const stream = request.body instanceof Readable && announcedBytes(request) !== 0 ? request.body : null;
  const rest = path.segments[0] === "repos" ? path.segments.slice(3) : path.segments.slice(2);
  const read = stream && tellsInBody(method, rest) ? await readBody(request, reply, stream) : null;
  if (read && path.query.length > 1) {
    throw new Problem("bad_request", "Put all of it into the body: what stands after the ? could contradict it.");
  }
  const signal = callerGone(reply);
  const call: ApiCall = {
    method,
    path,
    body: read,
    once: stream !== null && read === null,
    send: (token, upstreamPath) => {
      const headers = {
        ...requestHeaders(request.headers, read || !stream ? "none" : "stream"),
        ...(read ? asJson : {}),
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
  const answered = await actOnApi(deps, callerOf(request), call);
  return sendAnswer(reply, answered, { theirs: deps.apiUrl, ours: `${deps.publicUrl}${prefix}` });
}
