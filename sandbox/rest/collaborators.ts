import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { notFound, RestError } from "../http/rest-error.ts";
import { actorPermission, atLeast, personPermission } from "../world/access.ts";
import type { World } from "../world/world.ts";
import { type RepositoryParams, requireRepository } from "./require-repository.ts";
import { simpleUser } from "./user-body.ts";

type Body = components["schemas"]["repository-collaborator-permission"];
type Params = RepositoryParams & { login: string };

/** `/repos/{o}/{r}/collaborators/{login}/permission`: what anybody may do there, also through an organisation. */
export function routeCollaborators(server: FastifyInstance, world: World): void {
  server.get<{ Params: Params }>(
    "/repos/:owner/:repo/collaborators/:login/permission",
    async (request): Promise<Body> => {
      const { actor, repository } = requireRepository(world, request);
      if (actor.kind === "anonymous") throw new RestError(401, "Requires authentication");
      // An installation needs metadata alone; a person needs push access.
      if (actor.kind === "user" && !atLeast(actorPermission(world, actor, repository), "write")) {
        throw new RestError(403, "Must have push access to view collaborator permission.");
      }
      const person = world.people.byLogin(request.params.login);
      if (!person) throw notFound();
      const role = personPermission(world, person, repository);
      // The old field knows four words: maintain counts as write, triage as read.
      const permission = role === "maintain" ? "write" : role === "triage" ? "read" : role;
      const may = (need: "read" | "triage" | "write" | "maintain" | "admin") => atLeast(role, need);
      const permissions = {
        pull: may("read"),
        triage: may("triage"),
        push: may("write"),
        maintain: may("maintain"),
        admin: may("admin"),
      };
      return { permission, role_name: role, user: { ...simpleUser(world, person), permissions, role_name: role } };
    },
  );
}
