import type { FastifyInstance } from "fastify";
import { notFound } from "../http/rest-error.ts";
import type { World } from "../world/world.ts";
import { gitCommitBody } from "./commit-body.ts";
import { type RepositoryParams, requireRepository } from "./require-repository.ts";

type Sha = { Params: RepositoryParams & { sha: string } };

/** `/git/commits`, `/git/trees` and `/git/blobs`: git's objects as they are. */
export function routeGitData(server: FastifyInstance, world: World): void {
  server.get<Sha>("/repos/:owner/:repo/git/commits/:sha", async (request) => {
    const { repository } = requireRepository(world, request);
    const commit = await repository.git.commit(request.params.sha);
    if (!commit) throw notFound();
    return gitCommitBody(world, repository, request.params.sha, commit);
  });
}
