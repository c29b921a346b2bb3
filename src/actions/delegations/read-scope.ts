import { isGithubProvider } from "../../config/github-app.ts";
import type { Scope } from "../../store/authority.ts";
import { type Capability, capabilities as knownCapabilities } from "../../store/delegations.ts";
import { hasControlCharacter } from "../commits/names.ts";
import { DelegationFault } from "./delegation-fault.ts";

/** The most repositories, and the most branches, that one permission can name. */
export const mostPatterns = 100;

/**
 * Reads how far somebody wants a bot to go, as they wrote it.
 * @param wanted.branches none: any branch
 * @throws DelegationFault naming the field
 */
export function readScope(wanted: Scope): Scope {
  const repositories = distinct(wanted.repositories.map((pattern) => pattern.toLowerCase()));
  if (repositories.length === 0) throw new DelegationFault("repositories", "Name at least one repository.");
  const badRepository = repositories.find((pattern) => !isRepositoryPattern(pattern));
  if (badRepository !== undefined) {
    throw new DelegationFault("repositories", `"${badRepository}" is not owner/name, owner/* or *.`);
  }
  const named = distinct(wanted.branches);
  const branches = named.length > 0 ? named : ["*"];
  const badBranch = branches.find((pattern) => !isBranchPattern(pattern));
  if (badBranch !== undefined) {
    throw new DelegationFault("branches", `"${badBranch}" is not a branch name, nor a pattern of one with *.`);
  }
  if (repositories.length > mostPatterns || branches.length > mostPatterns) {
    const field = repositories.length > mostPatterns ? "repositories" : "branches";
    throw new DelegationFault(field, `At most ${mostPatterns} entries fit into one permission: make another.`);
  }
  const capabilities = distinct(wanted.capabilities);
  if (capabilities.length === 0) throw new DelegationFault("capability", "Choose what the bot may do.");
  const unknown = capabilities.find((name) => !isCapability(name));
  if (unknown !== undefined) {
    throw new DelegationFault("capability", `"${unknown}" is no capability: use ${knownCapabilities.join(", ")}.`);
  }
  return { repositories, branches, capabilities };
}

/**
 * The same at a given provider. Repositories and branches are GitHub's: elsewhere there is an API, and nothing to name.
 * @throws DelegationFault naming the field
 */
export function readScopeAt(provider: string, wanted: Scope): Scope {
  if (isGithubProvider(provider)) return readScope(wanted);
  for (const field of ["repositories", "branches"] as const) {
    if (distinct(wanted[field]).some((pattern) => pattern !== "*")) {
      throw new DelegationFault(field, `There are no ${field} at "${provider}": leave them out.`);
    }
  }
  const scope = readScope({ ...wanted, repositories: ["*"], branches: ["*"] });
  const other = scope.capabilities.find((name) => name !== "api:read" && name !== "api:write");
  if (other === undefined) return scope;
  throw new DelegationFault("capability", `"${other}" is for GitHub alone: at "${provider}" use api:read, api:write.`);
}

/** Whether a text is `owner/name`, `owner/*` or `*`, in lower case. */
export function isRepositoryPattern(pattern: string): boolean {
  return pattern === "*" || /^[a-z0-9][a-z0-9_-]{0,99}\/(\*|(?!\.{1,2}$)[a-z0-9._-]{1,100})$/.test(pattern);
}

/** Whether a text is a branch name, or a pattern of one with `*`. */
export function isBranchPattern(pattern: string): boolean {
  const whole = pattern.length <= 244 && pattern.isWellFormed() && !hasControlCharacter(pattern);
  return whole && /^[^\s~^:?[\\]+$/.test(pattern);
}

export function isCapability(name: string): name is Capability {
  return knownCapabilities.some((known) => known === name);
}

function distinct(values: string[]): string[] {
  return [...new Set(values.map((value) => value.trim()).filter(Boolean))];
}
