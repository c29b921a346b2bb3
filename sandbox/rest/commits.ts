import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { resolveCommit } from "../git/resolve-revision.ts";
import { notFound, RestError } from "../http/rest-error.ts";
import { accountByLogin } from "../world/accounts.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { commitBody } from "./commit-body.ts";
import { type RepositoryParams, requireRepository } from "./require-repository.ts";

const filterShape = z.object({
  sha: z.string().optional(),
  path: z.string().optional(),
  author: z.string().optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  per_page: z.coerce.number().int().min(1).max(100).catch(30),
  page: z.coerce.number().int().min(1).catch(1),
});

/** `/repos/{o}/{r}/commits`: with the people behind the addresses. */
export function routeCommits(server: FastifyInstance, world: World): void {
  server.get<{ Params: RepositoryParams }>("/repos/:owner/:repo/commits", async (request, reply) => {
    const { repository } = requireRepository(world, request);
    const { sha, path, author, since, until, per_page, page } = filterShape.parse(request.query);
    const head = await resolveCommit(repository.git, sha ?? repository.defaultBranch);
    if (!head) throw sha ? notFound() : new RestError(409, "Git Repository is empty.");
    const emails = author === undefined ? undefined : addressesOf(world, author);
    const oids = await repository.git.history(head, {
      skip: (page - 1) * per_page,
      limit: per_page + 1,
      ...(path ? { path } : {}),
      ...(since ? { since } : {}),
      ...(until ? { until } : {}),
      ...(emails ? { authors: emails } : {}),
    });
    if (oids.length > per_page) reply.header("link", nextPage(world, repository, request.url, page));
    const shown = oids.slice(0, per_page);
    const commits = await Promise.all(shown.map(async (oid) => ({ oid, commit: await repository.git.commit(oid) })));
    return commits.flatMap(({ oid, commit }) => (commit ? [commitBody(world, repository, oid, commit)] : []));
  });

  server.get<{ Params: RepositoryParams & { "*": string } }>("/repos/:owner/:repo/commits/*", async (request) => {
    const { repository } = requireRepository(world, request);
    const name = request.params["*"];
    const oid = await resolveCommit(repository.git, name);
    const commit = oid && (await repository.git.commit(oid));
    if (!commit) throw new RestError(422, `No commit found for SHA: ${name}`);
    return commitBody(world, repository, oid, commit);
  });
}

/** GitHub pages through the form that survives renames. */
function nextPage(world: World, { id }: Repository, url: string, page: number): string {
  const query = new URLSearchParams(url.split("?")[1]);
  query.set("page", String(page + 1));
  return `<${world.addresses.api}/repositories/${id}/commits?${query}>; rel="next"`;
}

/** The filter takes a login or an address. A noreply address may carry a former login. */
function addressesOf(world: World, author: string): string[] {
  if (author.includes("@")) return [author];
  const account = accountByLogin(world, author);
  if (!account) return [author];
  const person = world.people.byId(account.id);
  const own = person ? [person.email, ...(person.commitEmail ? [person.commitEmail] : [])] : [];
  return [...own, `${account.id}+`];
}
