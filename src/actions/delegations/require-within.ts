import type { Scope } from "../../store/authority.ts";
import type { LimitedBot } from "../../store/ceilings.ts";
import { DelegationFault } from "./delegation-fault.ts";
import { branchMatches, repositoryMatches } from "./patterns.ts";

type Part = "repositories" | "branches" | "capability";

/**
 * Refuses a scope that goes further than a bot's ceiling.
 * @throws DelegationFault naming the field, and the ceiling
 */
export function requireWithin(bot: LimitedBot, scope: Scope): void {
  if (!bot.ceiling) return;
  const beyond = firstBeyond(bot.ceiling, scope);
  if (!beyond) return;
  const allowed = { ...bot.ceiling, capability: bot.ceiling.capabilities }[beyond.part];
  const what = { repositories: "repositories", branches: "branches", capability: "capabilities" }[beyond.part];
  throw new DelegationFault(
    beyond.part,
    `"${beyond.name}" is more than anybody can permit "${bot.name}": an admin limits it to the ${what} ${allowed.join(", ")}.`,
  );
}

/** Whether a scope stays within a ceiling. */
export function isWithin(ceiling: Scope | null, scope: Scope): boolean {
  return !ceiling || firstBeyond(ceiling, scope) === null;
}

/** What of a scope goes further than another one. */
export function firstBeyond(ceiling: Scope, scope: Scope): { part: Part; name: string } | null {
  const repository = scope.repositories.find((pattern) => !repositoriesWithin(ceiling.repositories, pattern));
  if (repository !== undefined) return { part: "repositories", name: repository };
  const branch = scope.branches.find((pattern) => !branchesWithin(ceiling.branches, pattern));
  if (branch !== undefined) return { part: "branches", name: branch };
  const capability = scope.capabilities.find((name) => !ceiling.capabilities.includes(name));
  return capability === undefined ? null : { part: "capability", name: capability };
}

/** `owner/*` matches as if it were a repository named `*`; all repositories are only in all repositories. */
function repositoriesWithin(ceiling: readonly string[], pattern: string): boolean {
  return repositoryMatches(ceiling, pattern);
}

/**
 * Read as a name, a pattern's stars can only be where the ceiling's stars are: then whatever it matches, the ceiling
 * does, too. `*` alone reaches tags as well, and so does a pattern that names them.
 */
function branchesWithin(ceiling: readonly string[], pattern: string): boolean {
  if (ceiling.includes("*")) return true;
  if (/^\*+$/.test(pattern)) return false;
  const ofTags = pattern.startsWith("refs/tags/");
  return branchMatches(ofTags ? ceiling.filter((each) => each.startsWith("refs/tags/")) : ceiling, pattern);
}
