import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { requireActor } from "../http/require-actor.ts";
import type { World } from "../world/world.ts";

/** `/rate_limit`: the sandbox counts nothing; limits are played with faults. */
export function routeRateLimit(server: FastifyInstance, world: World): void {
  server.get("/rate_limit", async (request): Promise<components["schemas"]["rate-limit-overview"]> => {
    requireActor(world, request);
    const limit = { limit: 5000, used: 1, remaining: 4999, reset: Math.ceil(Date.now() / 1000) + 3600 };
    return { resources: { core: limit, search: limit, graphql: limit }, rate: limit };
  });
}
