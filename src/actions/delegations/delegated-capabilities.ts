import type { Authority, AuthorityPass, Scope } from "../../store/authority.ts";
import { type RefTarget, refMatches, repositoryMatches } from "./patterns.ts";

/** Where an action takes place. */
export interface Target {
  /** `owner/name`; `*`: everywhere, which for a pass is each of its repositories. */
  repository: string;
  ref: RefTarget;
  /** What it changes there; left out: nothing that is told by paths. `every`: it can't be told which. */
  paths?: string[] | "every";
}

/** Whether a scope reaches a place. */
export function covers(scope: Scope, target: Target | null): boolean {
  if (!target) return true;
  return repositoryMatches(scope.repositories, target.repository) && refMatches(scope.branches, target.ref);
}

/**
 * What all delegations that cover a place allow there, together; nothing beyond the bot's ceiling, and nothing beyond
 * the pass.
 */
export function delegatedCapabilities(authority: Authority, target: Target | null): Set<string> {
  const covering = authority.delegations.filter((delegation) => covers(delegation, target));
  const limits = [authority.bot.ceiling, authority.pass].filter((scope) => scope !== null);
  if (!limits.every((scope) => covers(scope, target))) return new Set();
  const delegated = covering.flatMap((delegation) => delegation.capabilities);
  return new Set(delegated.filter((name) => limits.every((scope) => scope.capabilities.includes(name))));
}

/** The places that an action reaches, each of which must be allowed. */
export function placesOf(target: Target | null, pass: AuthorityPass | null): (Target | null)[] {
  if (target?.repository !== "*" || !pass) return [target];
  return pass.repositories.map((repository) => ({ ...target, repository }));
}
