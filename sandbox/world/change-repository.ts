import { readCollaborators } from "./add-repository.ts";
import { changeCoverage } from "./change-installation.ts";
import type { RepositoryOptions } from "./repositories.ts";
import type { World } from "./world.ts";

/** Changes what a repository's settings page changes. */
export function changeRepository(world: World, fullName: string, change: Partial<RepositoryOptions>): void {
  const repository = world.repositories.get(fullName);
  repository.private = change.private ?? repository.private;
  repository.archived = change.archived ?? repository.archived;
  repository.defaultBranch = change.defaultBranch ?? repository.defaultBranch;
  repository.protectedBranches = change.protectedBranches ?? repository.protectedBranches;
  if (change.collaborators) repository.collaborators = readCollaborators(world, change.collaborators);
  if (change.installed !== undefined) changeCoverage(world, fullName, change.installed);
}
