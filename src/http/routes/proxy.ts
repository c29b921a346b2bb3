import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readApiPath, writeApiPath } from "../../actions/look-alike/api-path.ts";
import { actThroughProxy, type ProxyDeps } from "../../actions/proxy/act-through-proxy.ts";
import { isGithubProvider } from "../../config/github-app.ts";
import { Problem } from "../../errors.ts";
import type { Upstream } from "../../providers/upstream.ts";
import { credentialOf } from "../credentials.ts";
import { answerApi, answerGraphql, type GithubApiDeps } from "../forward/answer-github-api.ts";
import { peekableBody } from "../forward/peekable-body.ts";
import { createJsonReader } from "../forward/read-with-room.ts";
import { requestHeaders } from "../forward/request-headers.ts";
import { callerGone, sendAnswer } from "../forward/send-answer.ts";

export type ProxyRouteDeps = ProxyDeps & Omit<GithubApiDeps, "read"> & { upstream: Upstream; publicUrl: string };
type ProxyDepsWithReader = ProxyRouteDeps & GithubApiDeps;

/**
 * `/proxy/{provider}/{path}`, and `/proxy/{provider}/@{host}/{path}` for another of the provider's hosts. With a bot's
 * key the person comes in `X-On-Behalf-Of`, or, for clients that can't send it, as `/as/{user}/proxy/…`. GitHub's Apps
 * have the look-alike's rules here, too.
 */
export function proxyRoutes(scope: FastifyInstance, routeDeps: ProxyRouteDeps): void {
  const deps = { ...routeDeps, read: createJsonReader() };
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  const method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
  for (const url of ["/proxy/*", "/as/:user/proxy/*"]) {
    scope.route({
      method,
      url,
      config: { takesLong: true },
      handler: (request, reply) => answerProxy(deps, request, reply),
    });
  }
}

async function answerProxy(
  deps: ProxyDepsWithReader,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { user, provider, prefix, path } = readAddress(request);
  if (isGithubProvider(provider) && deps.apps.has(provider)) {
    if (path.segments[0]?.startsWith("@"))
      throw new Problem("not_found", "GitHub's API has one host: leave @HOST out.");
    const caller = { credential: credentialOf(request), user, provider, requestId: request.id };
    const call = { caller, ours: `${deps.publicUrl}${prefix}` };
    const isGraphql = request.method === "POST" && path.segments.join("/") === "graphql";
    return isGraphql ? answerGraphql(deps, request, reply, call) : answerApi(deps, request, reply, { ...call, path });
  }
  const [host, ...afterHost] = path.segments;
  const named = host?.startsWith("@") ? host.slice(1) : null;
  const segments = named === null ? path.segments : afterHost;
  const body = peekableBody(request);
  const signal = callerGone(reply);
  const caller = { credential: credentialOf(request), user, requestId: request.id };
  const { answer, origin } = await actThroughProxy(deps, caller, {
    provider,
    host: named,
    method: request.method,
    segments,
    json: body.json,
    once: body.once,
    send: (to, headers) =>
      deps.upstream.send({
        url: { origin: to, path: writeApiPath({ segments, query: path.query }) || "/" },
        method: request.method,
        headers: { ...requestHeaders(request.headers, request.body ? "stream" : "none"), ...headers },
        body: body.toSend(),
        signal,
      }),
  });
  const ours = `${deps.publicUrl}${prefix}${named === null ? "" : `/@${named}`}`;
  return sendAnswer(reply, answer, { theirs: origin, ours });
}

/** Reads the address as it was sent: what a router decodes could be another path than the provider sees. */
function readAddress(request: FastifyRequest) {
  const sent = request.raw.url ?? "";
  const [, before = "", as, provider = "", rest = ""] =
    /^((?:\/as\/([^/?]+))?\/proxy\/([a-z0-9-]{1,63}))((?:[/?].*)?)$/.exec(sent) ?? [];
  if (!provider) throw new Problem("not_found", "Write the address as /proxy/PROVIDER/PATH.");
  const header = request.headers["x-on-behalf-of"];
  const named = typeof header === "string" ? header : null;
  if (as !== undefined && named !== null && as !== named) {
    throw new Problem("bad_request", "The address and X-On-Behalf-Of name two people: leave one of them out.");
  }
  return { user: as ?? named, provider, prefix: before, path: readApiPath(rest) };
}
