import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";

/** GitHub's words for a direct change of a protected branch, or null when it may be changed. */
export function protectionFault(world: World, repository: Repository, branch: string): string | null {
  if (!repository.protectedBranches.includes(branch)) return null;
  return world.switches.rulesets
    ? "Repository rule violations found\n\nChanges must be made through a pull request."
    : "Branch protection rule violations found: Changes must be made through a pull request.";
}
