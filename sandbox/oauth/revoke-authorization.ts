import { simpleUser } from "../rest/user-body.ts";
import type { World } from "../world/world.ts";

/** Ends a person's grant and every token of it. The webhook carries a sender and nothing else. */
export function revokeAuthorization(world: World, personId: number, options: { deliver: boolean }): Promise<unknown> {
  world.userTokens.killAll(personId);
  const person = world.people.byId(personId);
  if (!options.deliver || !person) return Promise.resolve();
  return world.webhooks.deliver("github_app_authorization", { action: "revoked", sender: simpleUser(world, person) });
}
