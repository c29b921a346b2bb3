import type { GithubClient } from "../github/client.ts";
import type { CreatedCommit } from "../github/created-commit.ts";
import { findChildren } from "../github/find-commit.ts";
import type { RepositoryName } from "../github/read-branch.ts";
import { readTree } from "../github/read-tree.ts";
import type { Attempt } from "../store/commits.ts";
import { messageHash, treeHash } from "./change-set.ts";

/**
 * Looks for a commit that GitHub made although its answer never arrived: directly on top of the head that it was sent
 * on, with that message, and with that content at the paths that it changes. A branch has one child of a head, so
 * whatever fits is that commit.
 * @param search.from the head as it is now
 */
export async function findLostCommit(
  deps: { client: GithubClient },
  token: string,
  search: { repository: RepositoryName; from: string; attempt: Attempt; paths: readonly string[] },
): Promise<CreatedCommit | null> {
  const { repository, from, attempt, paths } = search;
  const children = await findChildren(deps, token, { repository, from, parent: attempt.head });
  for (const { message, tree, ...commit } of children) {
    if (!messageHash(message).equals(attempt.messageHash)) continue;
    const entries = await readTree(deps, token, { repository, tree, paths });
    const found = paths.map((path) => ({ path, oid: entries.get(path)?.oid ?? null }));
    if (treeHash(found).equals(attempt.treeHash)) return commit;
  }
  return null;
}
