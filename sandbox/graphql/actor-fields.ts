import type { Actor } from "../http/caller.ts";
import type { KnownPerson } from "../world/people.ts";
import type { World } from "../world/world.ts";
import { nodeId } from "./node-id.ts";

/** A `User`. */
export function personField(world: World, person: KnownPerson): object {
  return {
    __typename: "User",
    id: nodeId("user", String(person.id)),
    databaseId: person.id,
    login: person.login,
    name: person.name,
    // GraphQL has an empty string where REST has null.
    email: person.emailPrivate ? "" : person.email,
    avatarUrl: `${world.addresses.web}/avatars/${person.id}.svg`,
    url: `${world.addresses.web}/${person.login}`,
    resourcePath: `/${person.login}`,
  };
}

/** The viewer: a person, or the app's bot. */
export function actorField(world: World, actor: Actor): object {
  if (actor.kind === "user") return personField(world, actor.person);
  return personField(world, { ...world.bot, name: null, email: "", emailPrivate: true });
}

/** The owner of a repository. */
export function ownerField(world: World, login: string): object {
  const person = world.people.byLogin(login);
  if (person) return personField(world, person);
  const organization = world.people.organization(login);
  return {
    __typename: "Organization",
    id: nodeId("organization", String(organization?.id ?? 0)),
    databaseId: organization?.id ?? null,
    login,
    name: organization?.name ?? null,
    avatarUrl: `${world.addresses.web}/avatars/${organization?.id ?? 0}.svg`,
    url: `${world.addresses.web}/${login}`,
    resourcePath: `/${login}`,
  };
}
