import type { FastifyRequest } from "fastify";
import type { GitCaller, GitDeps } from "../../actions/git/allow-git.ts";
import type { GitRepository } from "../../actions/git/git-path.ts";
import type { Upstream, UpstreamRequest } from "../../providers/upstream.ts";
import { credentialOf } from "../credentials.ts";

export type GitRouteDeps = GitDeps & { upstream: Upstream; publicUrl: string };

/** GitHub prepares a pack before it answers, and looks through one that it got. */
const patience = { firstByteMs: 5 * 60_000, idleMs: 5 * 60_000 };

/**
 * A request to GitHub's git server with a person's token.
 * @param request.path below the repository; of ours alone, since it is sent as it stands
 */
export function gitRequest(
  { githubUrl }: { githubUrl: string },
  { owner, name }: GitRepository,
  request: Pick<UpstreamRequest, "method" | "body" | "signal"> & {
    path: string;
    headers: Record<string, string>;
    token: string;
  },
): UpstreamRequest {
  const { path, headers, token, ...rest } = request;
  const { origin, pathname } = new URL(githubUrl);
  const base = pathname === "/" ? "" : pathname;
  // As GitHub's documentation has it for Apps (facts/github.md, 6).
  const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  return {
    ...rest,
    url: { origin, path: `${base}/${owner}/${name}.git/${path}` },
    headers: { ...headers, authorization },
    patience,
  };
}

export function gitCaller(request: FastifyRequest): GitCaller {
  const named = request.headers["x-on-behalf-of"];
  const user = typeof named === "string" ? named : null;
  return { credential: credentialOf(request), user, requestId: request.id };
}

/** For what git servers say of addresses. */
export function gitAddresses({ githubUrl, publicUrl }: GitRouteDeps): { theirs: string; ours: string } {
  return { theirs: githubUrl, ours: publicUrl };
}
