import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, unprocessable } from "../http/rest-error.ts";
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
    const { title, body, draft, base: target } = wish.data;
    const head = ownBranch(repository, wish.data.head);
    for (const [field, branch] of [
      ["head", head],
      ["base", target],
    ] as const) {
      const ref = await repository.git.ref(`refs/heads/${branch}`);
      if (!ref) throw unprocessable("Validation Failed", [{ resource: "PullRequest", field, code: "invalid" }]);
    }
    const open = repository.pullRequests.find(
      (one) => one.head === head && one.base === target && one.state === "open",
    );
    const custom = (message: string) =>
      unprocessable("Validation Failed", [{ resource: "PullRequest", code: "custom", message }]);
    if (open) throw custom(`A pull request already exists for ${repository.owner}:${head}.`);
    const [headRef, baseRef] = await Promise.all([head, target].map((one) => repository.git.ref(`refs/heads/${one}`)));
    if (headRef && baseRef && (await repository.git.isAncestor(headRef.oid, baseRef.oid))) {
      throw custom(`No commits between ${target} and ${head}`);
    }
    const number = repository.pullRequests.length + 1;
    const author = actor.kind === "user" ? { id: actor.person.id, login: actor.person.login } : world.bot;
    const id = repository.id * 1000 + number;
    const pull: PullRequest = {
      number,
      id,
      title,
      body: body ?? null,
      head,
      base: target,
      draft,
      state: "open",
      author,
      createdAt: Date.now(),
    };
    repository.pullRequests.push(pull);
    return reply.code(201).send(await pullBody(world, repository, pull));
  });
}

/** A head may be named with its owner, whose case doesn't count; other owners' forks are not played here. */
function ownBranch({ owner }: { owner: string }, head: string): string {
  return head.toLowerCase().startsWith(`${owner.toLowerCase()}:`) ? head.slice(owner.length + 1) : head;
}
