import type { Person } from "./people.ts";
import type { World } from "./world.ts";

/** Changes a person. A new login takes the person's repositories and installation along; the id stays. */
export function changePerson(world: World, login: string, change: Partial<Person>): void {
  const person = world.people.get(login);
  const { id: _, ...rest } = change;
  const other = rest.login === undefined ? undefined : world.people.owner(rest.login);
  if (other && other.id !== person.id) throw new Error(`${other.login} exists already`);
  for (const repository of world.repositories.ownedBy(person.login)) repository.owner = rest.login ?? repository.owner;
  for (const { installations } of world.apps) {
    const installation = installations.on(person.login);
    if (installation) installation.owner = rest.login ?? installation.owner;
  }
  Object.assign(person, rest);
}
