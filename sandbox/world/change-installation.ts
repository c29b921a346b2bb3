import { announceInstallation, announceSelection } from "../webhooks/installation-payload.ts";
import type { World } from "./world.ts";

/** Installs the app on all or some of an owner's repositories, changes the choice, or (null) uninstalls it. */
export function changeInstallation(world: World, owner: string, wanted: "all" | string[] | null): void {
  const account = world.people.owner(owner);
  if (!account) throw new Error(`there is no ${owner} in the sandbox`);
  const covered = () =>
    world.repositories.ownedBy(owner).filter((repository) => world.installations.covers(repository));
  const known = world.installations.on(owner);
  const before = covered();
  if (wanted === null) {
    if (!known) return;
    world.installations.remove(known);
    announceInstallation(world, known, "deleted", before);
    return;
  }
  const selection = wanted === "all" ? "all" : readSelection(world, owner, wanted);
  if (!known) {
    const made = world.installations.add(account, selection, {
      permissions: world.appPermissions,
      events: world.appEvents,
    });
    announceInstallation(world, made, "created", covered());
    return;
  }
  const fromAll = known.selection === "all" && selection !== "all";
  const toAll = known.selection !== "all" && selection === "all";
  known.selection = selection;
  const after = covered();
  const added = after.filter((repository) => !before.includes(repository));
  const removed = before.filter((repository) => !after.includes(repository));
  if (added.length === 0 && removed.length === 0 && !fromAll && !toAll) return;
  announceSelection(world, known, { added, removed, fromAll });
}

/** Covers or leaves out one repository. */
export function changeCoverage(world: World, name: string, covered: boolean): void {
  const repository = world.repositories.get(name);
  if (world.installations.covers(repository) === covered) return;
  const others = world.repositories
    .ownedBy(repository.owner)
    .filter((one) => one !== repository && world.installations.covers(one));
  const names = [...others, ...(covered ? [repository] : [])].map((one) => one.name);
  changeInstallation(world, repository.owner, names);
}

function readSelection(world: World, owner: string, names: string[]): Set<number> {
  const repositories = names.map((name) => world.repositories.get(name.includes("/") ? name : `${owner}/${name}`));
  return new Set(repositories.map((repository) => repository.id));
}
