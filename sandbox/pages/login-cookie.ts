import type { FastifyReply, FastifyRequest } from "fastify";
import type { KnownPerson } from "../world/people.ts";
import type { World } from "../world/world.ts";

const NAME = "sandbox_login";

/** Who this browser is signed in as in the sandbox. */
export function readLogin(world: World, request: FastifyRequest): KnownPerson | undefined {
  const found = new RegExp(`(?:^|;\\s*)${NAME}=(\\d+)`).exec(request.headers.cookie ?? "");
  return found ? world.people.byId(Number(found[1])) : undefined;
}

export function writeLogin(reply: FastifyReply, person: KnownPerson): void {
  reply.header("set-cookie", `${NAME}=${person.id}; Path=/; HttpOnly; SameSite=Lax`);
}
