import type { FastifyInstance } from "fastify";
import { requireActor } from "../http/require-actor.ts";
import type { World } from "../world/world.ts";

/** The API's own address: some of where its parts are. `gh auth status` asks it whether a token is good. */
export function routeRoot(server: FastifyInstance, world: World): void {
  // On a host that has only the API, the sandbox's pages stand there.
  if (world.addresses.apiPath === "") return;
  server.get("/", async (request) => {
    requireActor(world, request);
    const { api } = world.addresses;
    return {
      current_user_url: `${api}/user`,
      current_user_repositories_url: `${api}/user/repos{?type,page,per_page,sort}`,
      rate_limit_url: `${api}/rate_limit`,
      repository_url: `${api}/repos/{owner}/{repo}`,
      user_url: `${api}/users/{user}`,
    };
  });
}
