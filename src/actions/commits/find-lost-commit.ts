import type { GithubClient } from "../../github/client.ts";
import type { CreatedCommit } from "../../github/created-commit.ts";
import { type ChildCommit, findChildren } from "../../github/find-commit.ts";
import type { RepositoryName } from "../../github/read-branch.ts";
import { readTree } from "../../github/read-tree.ts";
import type { Attempt } from "../../store/commits.ts";
import { messageHash, treeHash } from "./change-set.ts";

/**
 * By how much GitHub's clock may be behind ours: more than a time zone, since nothing else fails with a person's token
 * while our clock is wrong. The search ends at the head that the commit was sent on, so it rarely looks back that far.
 */
const clockMarginMs = 24 * 3_600_000;

/**
 * Looks for a commit that GitHub made although its answer never arrived: directly on top of the head that it was sent
 * on, by its author, with that message, and with that content at the paths that it changes.
 * @param search.from the head as it is now
 */
export async function findLostCommit(
  deps: { client: GithubClient },
  token: string,
  search: {
    repository: RepositoryName;
    from: string;
    attempt: Attempt;
    paths: readonly string[];
    /** GitHub's number of the person. */
    personUid: string;
  },
): Promise<CreatedCommit | null> {
  const { repository, from, attempt, paths, personUid } = search;
  const since = new Date(Date.parse(attempt.at) - clockMarginMs);
  for (const child of await findChildren(deps, token, { repository, from, parent: attempt.head, since })) {
    if (messageHash(child.message) !== attempt.message || !isAuthor(child, attempt, personUid)) continue;
    const entries = await readTree(deps, token, { repository, tree: child.tree, paths });
    const found = paths.map((path) => ({ path, oid: entries.get(path)?.oid ?? null }));
    if (treeHash(found) === attempt.tree) return child.commit;
  }
  return null;
}

/** GitHub knows a commit's author by the address on it; where it knows nobody, it is the app's bot or can't be told. */
function isAuthor({ authorUid }: ChildCommit, { attribution }: Attempt, personUid: string): boolean {
  return authorUid === null || (attribution === "user" && authorUid === personUid);
}
