import { Problem } from "../../errors.ts";
import type { AuthorityPass } from "../../store/authority.ts";
import type { Capability } from "../../store/delegations.ts";
import type { Target } from "./delegated-capabilities.ts";
import { pathMatches, refMatches } from "./patterns.ts";

/**
 * Refuses what a pass was not made for, whatever the delegations behind it would allow.
 * @throws Problem `pass_scope`
 */
export function requirePass(
  pass: AuthorityPass,
  request: {
    user: string | null;
    provider: string;
    capabilities: Capability[];
    oneOf?: Capability[];
    target: Target | null;
  },
): void {
  const refuse = (sentence: string) => {
    throw new Problem("pass_scope", `${sentence} Ask the bot's operator for another pass.`);
  };
  if (!pass.live) refuse("This pass has ended.");
  if (!pass.namesPerson) refuse("This pass acts for another person.");
  if (pass.provider !== request.provider) refuse(`This pass is for ${pass.provider}.`);
  const missing = request.capabilities.find((capability) => !pass.capabilities.includes(capability));
  if (missing) refuse(`This pass lacks the capability "${missing}".`);
  const { oneOf = [] } = request;
  if (oneOf.length > 0 && !oneOf.some((capability) => pass.capabilities.includes(capability))) {
    refuse(`This pass lacks the capability "${oneOf.join('" or "')}".`);
  }
  const { target } = request;
  if (!target) return;
  // Exact names: whatever a pattern would reach, a pass doesn't.
  if (!pass.repositories.includes(target.repository.toLowerCase())) {
    refuse(`This pass is not for ${target.repository}.`);
  }
  if (!refMatches(pass.branches, target.ref)) refuse(`This pass is for other branches: ${pass.branches.join(", ")}.`);
  const { paths } = pass;
  if (!paths || target.paths === undefined) return;
  const outside = target.paths === "every" || target.paths.find((path) => !pathMatches(paths, path)) !== undefined;
  if (outside) refuse(`This pass is for other paths: ${paths.join(", ")}.`);
}
