import type { FastifyInstance } from "fastify";
import type { World } from "../world/world.ts";
import { routeAvatars } from "./avatars.ts";

/** Everything that a browser looks at, save the authorize page. */
export function routePages(server: FastifyInstance, world: World): void {
  routeAvatars(server, world);
}
