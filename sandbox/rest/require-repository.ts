import type { FastifyRequest } from "fastify";
import type { Actor } from "../http/caller.ts";
import { requireActor } from "../http/require-actor.ts";
import { notAccessible, notFound, RestError } from "../http/rest-error.ts";
import { canSee, needsSso, SSO_MESSAGE, ssoUrl, writeRefusal } from "../world/access.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";

export interface RepositoryParams {
  owner: string;
  repo: string;
}

export interface Reached {
  actor: Actor;
  repository: Repository;
}

/** The repository of the path, if the caller may see it. @throws 404 otherwise, 403 before single sign-on */
export function requireRepository(world: World, request: FastifyRequest<{ Params: RepositoryParams }>): Reached {
  const actor = requireActor(world, request);
  const repository = world.repositories.find(request.params.owner, request.params.repo);
  const moved = world.repositories.movedFrom(request.params.owner, request.params.repo);
  if (moved && canSee(world, actor, moved)) throw movedPermanently(world, request, moved);
  if (!repository || !canSee(world, actor, repository)) throw notFound();
  if (needsSso(world, actor, repository.owner)) throw ssoRequired(world, repository.owner);
  return { actor, repository };
}

/** The repository of the path, if the caller may write to it. */
export function requireWritable(
  world: World,
  request: FastifyRequest<{ Params: RepositoryParams }>,
  permission: "contents" | "pull_requests" = "contents",
): Reached {
  const reached = requireRepository(world, request);
  if (reached.actor.kind === "anonymous") throw new RestError(401, "Requires authentication");
  const refusal = writeRefusal(world, reached.actor, reached.repository, permission);
  if (refusal === "app") throw notAccessible();
  if (refusal === "sso") throw ssoRequired(world, reached.repository.owner);
  if (refusal === "archived") throw new RestError(403, "Repository was archived so is read-only.");
  if (refusal === "person") {
    throw world.switches.writeWithoutAccessIsNotFound
      ? notFound()
      : new RestError(403, "Must have push access to repository");
  }
  return reached;
}

/** GitHub leads to the form that survives renames. */
function movedPermanently(world: World, request: FastifyRequest<{ Params: RepositoryParams }>, moved: Repository) {
  const rest = request.url.replace(/^.*?\/repos\/[^/]+\/[^/?]+/, "");
  const location = `${world.addresses.api}/repositories/${moved.id}${rest}`;
  const status = ["GET", "HEAD"].includes(request.method) ? 301 : 307;
  return new RestError(status, status === 301 ? "Moved Permanently" : "Temporary Redirect", { headers: { location } });
}

function ssoRequired(world: World, owner: string) {
  return new RestError(403, SSO_MESSAGE, { headers: { "x-github-sso": `required; url=${ssoUrl(world, owner)}` } });
}
