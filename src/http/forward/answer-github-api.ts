import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type ApiCall, actOnApi } from "../../actions/look-alike/act-on-api.ts";
import { actOnGraphql } from "../../actions/look-alike/act-on-graphql.ts";
import type { ApiCaller, LookAlikeDeps } from "../../actions/look-alike/allow.ts";
import type { ApiPath } from "../../actions/look-alike/api-path.ts";
import { tellsInBody } from "../../actions/look-alike/api-rules.ts";
import { Problem } from "../../errors.ts";
import { graphqlAddress } from "../../github/client.ts";
import type { Upstream } from "../../providers/upstream.ts";
import { announcedBytes } from "../large-bodies.ts";
import type { ReadJson } from "./read-with-room.ts";
import { requestHeaders } from "./request-headers.ts";
import { callerGone, sendAnswer } from "./send-answer.ts";

export type GithubApiDeps = LookAlikeDeps & {
  upstream: Upstream;
  apiUrl: string;
  /** Reads what must be looked into. */
  read: ReadJson;
};

/** Who calls, and where the API seems to be for them: links in answers lead there. */
export interface GithubApiCall {
  caller: ApiCaller;
  ours: string;
}

const authorisation = (token: string) => ({ authorization: `token ${token}` });
/** What was read as JSON is sent as JSON: under another type the same bytes could say something else. */
const asJson = { "content-type": "application/json" };

const graphqlBody = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** Answers a GraphQL request of a client of GitHub's. */
export async function answerGraphql(
  deps: GithubApiDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { caller, ours }: GithubApiCall,
): Promise<FastifyReply> {
  const stream = request.body instanceof Readable ? request.body : Readable.from([]);
  const parsed = graphqlBody.safeParse(await deps.read(request, reply, stream));
  if (!parsed.success) throw new Problem("bad_request", "Send one GraphQL request: query, variables, operationName.");
  const { query, variables, operationName } = parsed.data;
  const body = Buffer.from(JSON.stringify({ query, variables, operationName }));
  const signal = callerGone(reply);
  const { origin, pathname: path } = new URL(graphqlAddress(deps.apiUrl));
  const asked = { query, variables: variables ?? {}, operationName: operationName ?? null };
  const answered = await actOnGraphql(deps, caller, asked, (token) => {
    const headers = { ...requestHeaders(request.headers, "none"), ...asJson, ...authorisation(token) };
    return deps.upstream.send({ url: { origin, path }, method: "POST", headers, body, signal });
  });
  return sendAnswer(reply, answered, { theirs: deps.apiUrl, ours });
}

/** Answers a request of a client of GitHub's to its REST API. */
export async function answerApi(
  deps: GithubApiDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { caller, ours, path }: GithubApiCall & { path: ApiPath },
): Promise<FastifyReply> {
  const { method } = request;
  // Clients name a type for bodies that they don't send. What has no body can be sent twice.
  const stream = request.body instanceof Readable && announcedBytes(request) !== 0 ? request.body : null;
  const rest = path.segments[0] === "repos" ? path.segments.slice(3) : path.segments.slice(2);
  const read = stream && tellsInBody(method, rest) ? await deps.read(request, reply, stream) : null;
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
  const answered = await actOnApi(deps, caller, call);
  return sendAnswer(reply, answered, { theirs: deps.apiUrl, ours });
}
