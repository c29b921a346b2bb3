import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";

export interface RepositoryName {
  owner: string;
  name: string;
}

/** How a branch stands, and the place from which it would be created. */
export interface Branch {
  repositoryId: string;
  /** Null: there is no such branch. */
  head: string | null;
  /** The commit that `base` names; null: none was asked for, or there is no such commit. */
  base: string | null;
}

const query = `query ReadBranch($owner: String!, $name: String!, $branch: String!, $base: String!, $baseOid: GitObjectID, $baseIsOid: Boolean!) {
  repository(owner: $owner, name: $name, followRenames: false) {
    id
    head: ref(qualifiedName: $branch) { target { oid } }
    base: ref(qualifiedName: $base) { target { oid } }
    baseCommit: object(oid: $baseOid) @include(if: $baseIsOid) { __typename oid }
  }
}`;

const ref = z.object({ target: z.object({ oid: z.string() }).nullable() }).nullable();
const answer = z.object({
  repository: z.object({
    id: z.string(),
    head: ref,
    base: ref,
    baseCommit: z.object({ __typename: z.string(), oid: z.string() }).nullish(),
  }),
});

/**
 * Reads a branch's head, and the commit that `base` (a branch name or a commit id) stands for, in one request.
 * @throws GraphqlRefusal NOT_FOUND when the person can't see the repository
 */
export async function readBranch(
  deps: { client: GithubClient },
  token: string,
  request: { repository: RepositoryName; branch: string; base?: string | undefined },
): Promise<Branch> {
  const { repository, branch, base } = request;
  const baseOid = base && isCommitId(base) ? base : null;
  const data = await deps.client.graphql(token, query, {
    ...repository,
    branch: `refs/heads/${branch}`,
    base: `refs/heads/${base ?? branch}`,
    baseOid,
    baseIsOid: baseOid !== null,
  });
  const parsed = answer.safeParse(data);
  if (!parsed.success) throw new ProviderFailure("garbled", "GitHub's answer about the branch could not be understood");
  const found = parsed.data.repository;
  const commit = found.baseCommit?.__typename === "Commit" ? found.baseCommit.oid : null;
  return {
    repositoryId: found.id,
    head: found.head?.target?.oid ?? null,
    base: base ? (found.base?.target?.oid ?? commit) : null,
  };
}

/** A whole commit id: SHA-1 or SHA-256. */
export function isCommitId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
