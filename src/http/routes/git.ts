import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readGitPath } from "../../actions/git/git-path.ts";
import { type GitRead, readAsPerson } from "../../actions/git/read-as-person.ts";
import { Problem } from "../../errors.ts";
import { limitCapabilities } from "../../git/limit-capabilities.ts";
import { pktLine } from "../../git/pkt-lines.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import { answerEarly } from "../forward/answer-early.ts";
import { gitHeaders } from "../forward/git-headers.ts";
import { type GitRouteDeps, gitAddresses, gitCaller, gitRequest } from "../forward/git-upstream.ts";
import { callerGone, sendAnswer } from "../forward/send-answer.ts";
import { inGitsWords } from "../git-problem.ts";
import { receivePack } from "../git-push.ts";

/**
 * `/{owner}/{repo}.git/…`: git's smart HTTP. An unmodified git clones, fetches and pushes as a pass's person.
 * https://git-scm.com/docs/gitprotocol-http
 */
export function gitRoutes(scope: FastifyInstance, deps: GitRouteDeps): void {
  const options = { exposeHeadRoute: false, config: { takesLong: true } };
  scope.get("/:owner/:repo/info/refs", options, (request, reply) => infoRefs(deps, request, reply));
  scope.post("/:owner/:repo/git-upload-pack", options, (request, reply) => uploadPack(deps, request, reply));
  scope.post("/:owner/:repo/git-receive-pack", options, (request, reply) => receivePack(deps, request, reply));
}

async function infoRefs(deps: GitRouteDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const caller = gitCaller(request);
  const repository = readGitPath(request.raw.url ?? "");
  const [, service] = /\?service=(git-upload-pack|git-receive-pack)$/.exec(request.raw.url ?? "") ?? [];
  if (service !== "git-upload-pack" && service !== "git-receive-pack") {
    throw new Problem("bad_request", "onbehalf speaks git's smart protocol alone: use a newer git.");
  }
  const headers = gitHeaders(request.headers, service === "git-upload-pack" ? "fetch" : "push");
  const signal = callerGone(reply);
  const path = `info/refs?service=${service}`;
  const answer = await readAsPerson(deps, caller, {
    repository,
    service,
    request: "info/refs",
    once: false,
    send: (token) =>
      deps.upstream.send(gitRequest(deps, repository, { method: "GET", path, headers, token, body: null, signal })),
  });
  return sendAnswer(reply, service === "git-receive-pack" ? limited(answer) : answer, gitAddresses(deps));
}

/** With protocol 2 all that a fetch asks comes in such requests. */
async function uploadPack(deps: GitRouteDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const caller = gitCaller(request);
  const repository = readGitPath(request.raw.url ?? "");
  const body = request.body instanceof Readable ? request.body : Readable.from([]);
  const headers = gitHeaders(request.headers, "fetch");
  const signal = callerGone(reply);
  const path = "git-upload-pack";
  const read: GitRead = {
    repository,
    service: "git-upload-pack",
    request: "pack",
    once: true,
    send: (token) =>
      deps.upstream.send(gitRequest(deps, repository, { method: "POST", path, headers, token, body, signal })),
  };
  try {
    return sendAnswer(reply, await readAsPerson(deps, caller, read), gitAddresses(deps));
  } catch (error) {
    const sentence = inGitsWords(request, error);
    const type = "application/x-git-upload-pack-result";
    return answerEarly(reply, { type, body: pktLine(`ERR ${sentence}`) }, body);
  }
}

function limited(answer: UpstreamAnswer): UpstreamAnswer {
  if (answer.status !== 200) return answer;
  const { "content-length": _, ...headers } = answer.headers;
  return { ...answer, headers, body: Readable.from(limitCapabilities(answer.body), { objectMode: false }) };
}
