import type { FastifyInstance } from "fastify";
import { requireActor, requirePerson } from "../http/require-actor.ts";
import { RestError } from "../http/rest-error.ts";
import { canSee } from "../world/access.ts";
import { fullName } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { commitBody } from "./commit-body.ts";
import { repositoryBody } from "./repository-body.ts";
import { type RepositoryParams, requireRepository } from "./require-repository.ts";

type Wild = { Params: RepositoryParams & { "*": string } };

/** `/repos/{o}/{r}`, its branches, `/user/repos`. */
export function routeRepositories(server: FastifyInstance, world: World): void {
  server.get<{ Params: RepositoryParams }>("/repos/:owner/:repo", async (request) => {
    const { actor, repository } = requireRepository(world, request);
    return repositoryBody(world, actor, repository);
  });

  server.get("/user/repos", async (request) => {
    requirePerson(world, request);
    const actor = requireActor(world, request);
    const seen = world.repositories.list().filter((repository) => canSee(world, actor, repository));
    const mine = seen.map((repository) => repositoryBody(world, actor, repository));
    return mine.filter((body) => body.permissions?.push);
  });

  server.get<{ Params: RepositoryParams }>("/repos/:owner/:repo/branches", async (request) => {
    const { repository } = requireRepository(world, request);
    const url = `${world.addresses.api}/repos/${fullName(repository)}/commits`;
    return (await repository.git.refs("refs/heads/")).map(({ name, oid }) => {
      const branch = name.slice("refs/heads/".length);
      const commit = { sha: oid, url: `${url}/${oid}` };
      return { name: branch, commit, protected: repository.protectedBranches.includes(branch) };
    });
  });

  server.get<Wild>("/repos/:owner/:repo/branches/*", async (request) => {
    const { repository } = requireRepository(world, request);
    const branch = request.params["*"];
    const ref = await repository.git.ref(`refs/heads/${branch}`);
    const commit = ref && (await repository.git.commit(ref.oid));
    if (!commit) throw new RestError(404, "Branch not found");
    const url = `${world.addresses.api}/repos/${fullName(repository)}/branches/${branch}`;
    const isProtected = repository.protectedBranches.includes(branch);
    return {
      name: branch,
      commit: commitBody(world, repository, ref.oid, commit),
      _links: { self: url, html: `${world.addresses.web}/${fullName(repository)}/tree/${branch}` },
      protected: isProtected,
      protection: { enabled: isProtected },
      protection_url: `${url}/protection`,
    };
  });
}
