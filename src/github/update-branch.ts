import type { GithubClient } from "./client.ts";

const mutation = `mutation UpdateBranch($input: UpdateRefsInput!) {
  updateRefs(input: $input) { clientMutationId }
}`;

const nothing = "0".repeat(40);

/** Creates a branch at a commit, only if there is none of that name. */
export function createBranch(
  deps: { client: GithubClient },
  token: string,
  branch: { repositoryId: string; name: string; at: string },
): Promise<void> {
  return updateRef(deps, token, branch, { beforeOid: nothing, afterOid: branch.at });
}

/** Removes a branch, only if it is still at that commit: GitHub compares and removes in one step. */
export function removeBranch(
  deps: { client: GithubClient },
  token: string,
  branch: { repositoryId: string; name: string; at: string },
): Promise<void> {
  return updateRef(deps, token, branch, { beforeOid: branch.at, afterOid: nothing });
}

async function updateRef(
  deps: { client: GithubClient },
  token: string,
  branch: { repositoryId: string; name: string },
  oids: { beforeOid: string; afterOid: string },
): Promise<void> {
  await deps.client.graphql(token, mutation, {
    input: { repositoryId: branch.repositoryId, refUpdates: [{ name: `refs/heads/${branch.name}`, ...oids }] },
  });
}
