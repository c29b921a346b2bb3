import { readCollaborators } from "./add-repository.ts";
import { changeCoverage } from "./change-installation.ts";
import { fullName, type RepositoryOptions } from "./repositories.ts";
import type { World } from "./world.ts";

/** Changes what a repository's settings page changes. */
export function changeRepository(world: World, named: string, change: Partial<RepositoryOptions>): void {
  const repository = world.repositories.get(named);
  repository.private = change.private ?? repository.private;
  repository.archived = change.archived ?? repository.archived;
  repository.defaultBranch = change.defaultBranch ?? repository.defaultBranch;
  repository.protectedBranches = change.protectedBranches ?? repository.protectedBranches;
  if (change.collaborators) repository.collaborators = readCollaborators(world, change.collaborators);
  if (change.installed !== undefined) changeCoverage(world, named, change.installed);
}

/** Renames a repository, or transfers it. */
export function renameRepository(world: World, from: string, to: string): void {
  const repository = world.repositories.get(from);
  const [owner = "", name = ""] = to.split("/");
  repository.formerNames.push(fullName(repository).toLowerCase());
  Object.assign(repository, { owner, name });
}
