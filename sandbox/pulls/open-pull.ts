import type { Actor } from "../http/caller.ts";
import { type RestError, unprocessable } from "../http/rest-error.ts";
import type { PullRequest, Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";

export interface PullWish {
  title: string;
  body: string | null;
  /** A branch, with or without its owner. */
  head: string;
  base: string;
  draft: boolean;
}

/** Opens a pull request by the caller. @throws 422 in GitHub's words */
export async function openPull(
  world: World,
  actor: Exclude<Actor, { kind: "anonymous" }>,
  repository: Repository,
  { title, body, draft, base, ...wish }: PullWish,
): Promise<PullRequest> {
  const head = ownBranch(repository, wish.head);
  const refs: Record<string, string> = {};
  for (const [field, branch] of [
    ["head", head],
    ["base", base],
  ] as const) {
    const ref = await repository.git.ref(`refs/heads/${branch}`);
    if (!ref) throw unprocessable("Validation Failed", [{ resource: "PullRequest", field, code: "invalid" }]);
    refs[field] = ref.oid;
  }
  const open = repository.pullRequests.some((one) => one.head === head && one.base === base && one.state === "open");
  if (open) throw custom(`A pull request already exists for ${repository.owner}:${head}.`);
  if (await repository.git.isAncestor(refs.head ?? "", refs.base ?? "")) {
    throw custom(`No commits between ${base} and ${head}`);
  }
  const number = repository.pullRequests.length + 1;
  const author = actor.kind === "user" ? { id: actor.person.id, login: actor.person.login } : world.bot;
  const id = repository.id * 1000 + number;
  const pull: PullRequest = {
    number,
    id,
    title,
    body,
    head,
    base,
    draft,
    state: "open",
    author,
    createdAt: Date.now(),
  };
  repository.pullRequests.push(pull);
  return pull;
}

/** A head may be named with its owner, whose case doesn't count; other owners' forks are not played here. */
export function ownBranch({ owner }: { owner: string }, head: string): string {
  return head.toLowerCase().startsWith(`${owner.toLowerCase()}:`) ? head.slice(owner.length + 1) : head;
}

function custom(message: string): RestError {
  return unprocessable("Validation Failed", [{ resource: "PullRequest", code: "custom", message }]);
}
