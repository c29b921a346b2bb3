import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { actOnLfs, type LfsCall } from "../../actions/git/act-on-lfs.ts";
import { readGitPath } from "../../actions/git/git-path.ts";
import { Problem } from "../../errors.ts";
import { gitHeaders } from "../forward/git-headers.ts";
import { type GitRouteDeps, gitAddresses, gitCaller, gitRequest } from "../forward/git-upstream.ts";
import { readJson } from "../forward/read-json.ts";
import { callerGone, sendAnswer } from "../forward/send-answer.ts";

const largest = 4 * 1024 * 1024;
const operation = z.object({ operation: z.enum(["download", "upload"]) });

/**
 * Git LFS: which large files are where, and who has locked which.
 * https://github.com/git-lfs/git-lfs/blob/main/docs/api/README.md
 */
export function gitLfsRoutes(scope: FastifyInstance, deps: GitRouteDeps): void {
  const base = "/:owner/:repo/info/lfs";
  const route = (method: "GET" | "POST", path: string, whatOf: (body: unknown) => LfsCall["what"]) =>
    scope.route({
      method,
      url: `${base}${path}`,
      exposeHeadRoute: false,
      handler: (request, reply) => answerLfs(deps, request, reply, whatOf),
    });
  route("POST", "/objects/batch", batchKind);
  route("GET", "/locks", () => "read");
  route("POST", "/locks", () => "write");
  route("POST", "/locks/verify", () => "check");
  route("POST", "/locks/:id/unlock", () => "write");
}

async function answerLfs(
  deps: GitRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  whatOf: (body: unknown) => LfsCall["what"],
): Promise<FastifyReply> {
  const caller = gitCaller(request);
  const sent = request.raw.url ?? "";
  const { rest, ...repository } = readGitPath(sent);
  const path = `${rest.map(encodeURIComponent).join("/")}${sent.includes("?") ? sent.slice(sent.indexOf("?")) : ""}`;
  const { method } = request;
  const read = request.body instanceof Readable ? await readJson(request.body, request.headers, largest) : null;
  const what = whatOf(read);
  // What was checked is what is sent, and not another reading of the same bytes.
  const body = method === "GET" ? null : Buffer.from(JSON.stringify(read ?? {}));
  const headers = gitHeaders(request.headers, "push");
  const signal = callerGone(reply);
  const answer = await actOnLfs(deps, caller, {
    repository,
    what,
    send: (token) => deps.upstream.send(gitRequest(deps, repository, { method, path, headers, token, body, signal })),
  });
  return sendAnswer(reply, answer, gitAddresses(deps));
}

function batchKind(body: unknown): LfsCall["what"] {
  const parsed = operation.safeParse(body);
  if (!parsed.success) throw new Problem("bad_request", "operation: it is download or upload.");
  return parsed.data.operation === "download" ? "read" : "write";
}
