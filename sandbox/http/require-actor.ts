import type { FastifyRequest } from "fastify";
import type { KnownPerson } from "../world/people.ts";
import type { World } from "../world/world.ts";
import { type Actor, readCaller } from "./caller.ts";
import { notAccessible, RestError } from "./rest-error.ts";

/**
 * Who calls the API.
 * @throws 401 for dead credentials, 403 for a suspended person and for good credentials after too many bad ones
 */
export function requireActor(world: World, request: FastifyRequest): Actor {
  const caller = readCaller(world, request.headers.authorization);
  if (caller.kind === "bad") {
    world.badCredentials += 1;
    throw new RestError(401, caller.message);
  }
  if (caller.kind === "app") throw new RestError(401, "Bad credentials");
  if (caller.kind === "anonymous") return caller;
  const lockout = world.switches.badCredentialsLockout;
  if (lockout > 0 && world.badCredentials >= lockout) {
    throw new RestError(403, "Maximum number of login attempts exceeded. Please try again later.");
  }
  world.badCredentials = 0;
  if (caller.kind === "user" && caller.person.suspended) {
    throw new RestError(403, "Sorry. Your account was suspended.");
  }
  return caller;
}

/** The person who calls. @throws 401 for nobody, 403 for an installation */
export function requirePerson(world: World, request: FastifyRequest): KnownPerson {
  const actor = requireActor(world, request);
  if (actor.kind === "anonymous") throw new RestError(401, "Requires authentication");
  if (actor.kind === "installation") throw notAccessible();
  return actor.person;
}

/** Insists on the app's own JWT. */
export function requireApp(world: World, request: FastifyRequest): void {
  const caller = readCaller(world, request.headers.authorization);
  if (caller.kind === "app") return;
  throw new RestError(401, caller.kind === "bad" ? caller.message : "A JSON web token could not be decoded");
}
