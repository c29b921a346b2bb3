import type { FastifyInstance } from "fastify";
import { resolveCommit } from "../git/resolve-revision.ts";
import { notFound } from "../http/rest-error.ts";
import type { World } from "../world/world.ts";
import { readPath } from "./contents.ts";
import { type RepositoryParams, requireRepository } from "./require-repository.ts";

/** `/repos/{o}/{r}/readme`: the first file of such a name at the top. */
export function routeReadme(server: FastifyInstance, world: World): void {
  server.get<{ Params: RepositoryParams; Querystring: { ref?: string } }>(
    "/repos/:owner/:repo/readme",
    async (request) => {
      const { repository } = requireRepository(world, request);
      const ref = request.query.ref ?? repository.defaultBranch;
      const oid = await resolveCommit(repository.git, ref);
      const commit = oid && (await repository.git.commit(oid));
      const top = commit ? await repository.git.tree(commit.tree) : null;
      const file = top?.find(({ name }) => /^readme(\.\w+)?$/i.test(name));
      if (!oid || !file) throw notFound();
      return readPath(world, repository, oid, { path: file.name, ref });
    },
  );
}
