import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notAccessible, notFound, RestError, unprocessable } from "../http/rest-error.ts";
import { grantedPermissions, reaches } from "../world/access.ts";
import { addComment } from "../world/add-comment.ts";
import type { World } from "../world/world.ts";
import { commentBody } from "./comment-body.ts";
import { type RepositoryParams, requireRepository } from "./require-repository.ts";

type OfIssue = { Params: RepositoryParams & { number: string } };
type Page = { Querystring: { since?: string; per_page?: string; page?: string } };

const shape = z.object({ body: z.string().min(1).max(65_536) });

/** `/repos/{o}/{r}/issues/{n}/comments`: list and add. An issue is there once somebody has commented on it. */
export function routeIssueComments(server: FastifyInstance, world: World): void {
  const base = "/repos/:owner/:repo/issues/:number/comments";

  server.get<OfIssue & Page>(base, async (request) => {
    const { repository } = requireRepository(world, request);
    const { since, per_page: size = "30", page = "1" } = request.query;
    const from = since ? Date.parse(since) : 0;
    const found = repository.comments.filter(
      ({ issue, createdAt }) => issue === Number(request.params.number) && createdAt >= from,
    );
    const begin = (Number(page) - 1) * Number(size);
    return found.slice(begin, begin + Number(size)).map((comment) => commentBody(world, repository, comment));
  });

  server.post<OfIssue>(base, async (request, reply) => {
    const { actor, repository } = requireRepository(world, request);
    if (actor.kind === "anonymous") throw new RestError(401, "Requires authentication");
    const issue = Number(request.params.number);
    const pull = repository.pullRequests.some(({ number }) => number === issue);
    if (!pull && !repository.comments.some((comment) => comment.issue === issue)) throw notFound();
    const granted = grantedPermissions(world, actor, repository);
    const may = granted.issues === "write" || (pull && granted.pull_requests === "write");
    if (!reaches(world, actor, repository) || !may) throw notAccessible();
    if (repository.archived) throw new RestError(403, "Repository was archived so is read-only.");
    const said = shape.safeParse(request.body);
    if (!said.success) throw unprocessable("Validation Failed", [{ resource: "IssueComment", code: "missing_field" }]);
    const author =
      actor.kind === "user"
        ? { id: actor.person.id, login: actor.person.login, type: "User" as const }
        : { ...world.bot, type: "Bot" as const };
    const comment = addComment(world, repository, { issue, body: said.data.body, author, viaApp: true });
    return reply.code(201).send(commentBody(world, repository, comment));
  });
}
