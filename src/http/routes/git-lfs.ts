import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { actOnLfs, type LfsCall } from "../../actions/git/act-on-lfs.ts";
import { allowGit, type GitCaller } from "../../actions/git/allow-git.ts";
import { readGitPath } from "../../actions/git/git-path.ts";
import { Problem } from "../../errors.ts";
import { gitHeaders } from "../forward/git-headers.ts";
import { enterGitRoom, type GitRouteDeps, gitAddresses, gitCaller, gitRequest } from "../forward/git-upstream.ts";
import { readJson } from "../forward/read-json.ts";
import { callerGone, sendAnswer } from "../forward/send-answer.ts";
import { announcedBytes } from "../large-bodies.ts";

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
  // Before anything is held for who may do nothing here; what it takes is decided when it is known.
  await allowGit(deps, caller, repository, "read");
  const read = await readBody(deps, request, caller);
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

async function readBody(
  deps: GitRouteDeps,
  request: FastifyRequest,
  caller: GitCaller,
): Promise<Record<string, unknown> | null> {
  if (!(request.body instanceof Readable) || announcedBytes(request) === 0) return null;
  const leave = await enterGitRoom(deps, request, caller);
  return readJson(request.body, request.headers, largest).finally(leave);
}

function batchKind(body: unknown): LfsCall["what"] {
  const parsed = operation.safeParse(body);
  if (!parsed.success) throw new Problem("bad_request", "operation: it is download or upload.");
  return parsed.data.operation === "download" ? "read" : "write";
}
