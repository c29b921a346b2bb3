import { Problem } from "../../errors.ts";
import { isDeletion, type RefCommand } from "../../git/push-request.ts";
import { type Authorised, askUrl } from "../delegations/authorise.ts";
import { type RefTarget, refMatches } from "../delegations/patterns.ts";
import type { GitRepository } from "./git-path.ts";

/** Why a push is refused, by ref. */
export type RefusedRefs = ReadonlyMap<string, Problem>;

/** Checks each ref of a push by itself: what is created, moved or deleted there needs `push` there. */
export function checkPush(
  deps: { publicUrl: string },
  authorised: Authorised,
  { owner, name }: GitRepository,
  commands: readonly RefCommand[],
): RefusedRefs {
  const repository = `${owner}/${name}`;
  const refused = new Map<string, Problem>();
  for (const { ref } of commands) {
    const target = { repository, ref: targetOf(ref) };
    if (authorised.pass && !refMatches(authorised.pass.branches, target.ref)) {
      const branches = authorised.pass.branches.join(", ");
      refused.set(ref, new Problem("pass_scope", `${ref}: this pass is for other branches: ${branches}.`));
    } else if (!authorised.capabilitiesAt(target).has("push")) {
      refused.set(ref, notDelegated(deps, authorised, target));
    }
  }
  return refused;
}

/** Whether everything that a push brings may change what runs in CI. */
export function mayChangeWorkflows(
  authorised: Authorised,
  { owner, name }: GitRepository,
  commands: readonly RefCommand[],
): boolean {
  const repository = `${owner}/${name}`;
  return commands.every(
    (command) =>
      isDeletion(command) || authorised.capabilitiesAt({ repository, ref: targetOf(command.ref) }).has("workflows"),
  );
}

/** The branch that an event is filed under. */
export function branchOf(ref: string): string | null {
  return ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : null;
}

/** Refs that are neither branches nor tags mean whatever GitHub makes of them. */
function targetOf(ref: string): RefTarget {
  const branch = branchOf(ref);
  if (branch !== null) return { branch };
  return ref.startsWith("refs/tags/") ? { tag: ref.slice("refs/tags/".length) } : "every";
}

function notDelegated(
  deps: { publicUrl: string },
  { bot, provider }: Authorised,
  { repository, ref }: { repository: string; ref: RefTarget },
): Problem {
  const where = typeof ref === "string" ? "on every ref" : "tag" in ref ? `tag "${ref.tag}"` : `branch "${ref.branch}"`;
  const branch = typeof ref === "object" && "branch" in ref ? { branch: ref.branch } : {};
  const actionUrl = askUrl(deps, bot.name, { provider, capabilities: ["push"], repository, ...branch });
  return new Problem(
    "delegation_required",
    `The person has not let "${bot.name}" push to ${repository}, ${where}. They do so at ${actionUrl}`,
    { actionUrl },
  );
}
