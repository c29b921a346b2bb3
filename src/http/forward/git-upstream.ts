import type { FastifyRequest } from "fastify";
import type { GitCaller, GitDeps } from "../../actions/git/allow-git.ts";
import type { GitRepository } from "../../actions/git/git-path.ts";
import type { Upstream, UpstreamRequest } from "../../providers/upstream.ts";
import { credentialOf } from "../credentials.ts";
import { announcedBytes } from "../large-bodies.ts";
import { providerOf } from "../named-provider.ts";
import type { Leave, Room } from "../room.ts";

export type GitRouteDeps = GitDeps & {
  upstream: Upstream;
  publicUrl: string;
  /** For what must be looked into before it is sent on. */
  room: Room;
};

/** The most that is looked into of one request. */
const lookedInto = 4 * 1024 * 1024;

/** So much of all requests is held at once, and so much of those with one credential. */
export const gitRoom = { whole: 64 * lookedInto, perOwner: 16 * lookedInto, patienceMs: 30_000 };

/** Waits for room to look into a request's body. */
export function enterGitRoom(
  { room }: GitRouteDeps,
  request: FastifyRequest,
  { credential }: GitCaller,
): Promise<Leave> {
  // Of what is compressed the announced size says nothing.
  const plain = request.headers["content-encoding"] === undefined;
  const announced = (plain ? announcedBytes(request) : undefined) ?? lookedInto;
  return room.enter(credential.hash.toString("hex"), Math.min(announced, lookedInto));
}

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
  return { credential: credentialOf(request), user, provider: providerOf(request), requestId: request.id };
}

/** For what git servers say of addresses. */
export function gitAddresses({ githubUrl, publicUrl }: GitRouteDeps): { theirs: string; ours: string } {
  return { theirs: githubUrl, ours: publicUrl };
}
