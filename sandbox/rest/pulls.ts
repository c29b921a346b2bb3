import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, RestError, unprocessable } from "../http/rest-error.ts";
import { openPull, ownBranch } from "../pulls/open-pull.ts";
import type { PullRequest } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { pullBody } from "./pull-body.ts";
import { type RepositoryParams, requireRepository, requireWritable } from "./require-repository.ts";

const shape = z.object({
  title: z.string().min(1),
  head: z.string(),
  base: z.string(),
  body: z.string().nullish(),
  draft: z.boolean().default(false),
});
type Filter = { Querystring: { head?: string; base?: string; state?: string } };

/** `/repos/{o}/{r}/pulls`: list, read, open. Nothing merges them. */
export function routePulls(server: FastifyInstance, world: World): void {
  const base = "/repos/:owner/:repo/pulls";

  server.get<{ Params: RepositoryParams } & Filter>(base, async (request) => {
    const { repository } = requireRepository(world, request);
    const { head, base: target, state = "open" } = request.query;
    const wanted = (pull: PullRequest) =>
      (state === "all" || pull.state === state) &&
      (head === undefined || (head.includes(":") && ownBranch(repository, head) === pull.head)) &&
      (target === undefined || pull.base === target);
    const pulls = repository.pullRequests.filter(wanted);
    return Promise.all(pulls.map((pull) => pullBody(world, repository, pull)));
  });

  server.get<{ Params: RepositoryParams & { number: string } }>(`${base}/:number`, async (request) => {
    const { repository } = requireRepository(world, request);
    const pull = repository.pullRequests.find(({ number }) => number === Number(request.params.number));
    if (!pull) throw notFound();
    return pullBody(world, repository, pull);
  });

  server.post<{ Params: RepositoryParams }>(base, async (request, reply) => {
    const { actor, repository } = requireWritable(world, request, "pull_requests");
    const wish = shape.safeParse(request.body);
    if (!wish.success) throw unprocessable("Validation Failed", [{ resource: "PullRequest", code: "missing_field" }]);
    if (actor.kind === "anonymous") throw new RestError(401, "Requires authentication");
    const { body = null, ...rest } = wish.data;
    const pull = await openPull(world, actor, repository, { body, ...rest });
    return reply.code(201).send(await pullBody(world, repository, pull));
  });
}
