import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { requireActor } from "../http/require-actor.ts";
import { RestError } from "../http/rest-error.ts";
import type { World } from "../world/world.ts";
import { executeQuery } from "./execute-query.ts";
import { rootFields } from "./root-fields.ts";

const bodyShape = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** `POST …/graphql`. Bad credentials are a REST-like 401; everything else is HTTP 200. */
export function routeGraphql(server: FastifyInstance, world: World, path: string): void {
  server.post(path, async (request, reply) => {
    const actor = requireActor(world, request);
    if (actor.kind === "anonymous") throw new RestError(401, "This endpoint requires you to be authenticated.");
    const body = bodyShape.safeParse(request.body);
    if (!body.success) throw new RestError(400, "Problems parsing JSON");
    const answer = await executeQuery(body.data, rootFields(world, actor));
    return reply.headers(answer.headers).send(answer.body);
  });
}
