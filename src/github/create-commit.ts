import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import { type GithubClient, GraphqlRefusal } from "./client.ts";
import { type CreatedCommit, commitFields, commitNode, toCreatedCommit } from "./created-commit.ts";
import type { RepositoryName } from "./read-branch.ts";

export interface FileChanges {
  /** Contents in padded base64, the whole file. */
  additions: { path: string; contents: string }[];
  deletions: { path: string }[];
}

const mutation = `mutation CommitAsUser($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { ${commitFields} } }
}`;

const made = z.object({ createCommitOnBranch: z.object({}) });
const answer = z.object({ createCommitOnBranch: z.object({ commit: commitNode }) });

/**
 * Commits on the head that the caller expects: the token's owner becomes the author, GitHub the committer, and GitHub
 * signs. https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch
 * @throws GraphqlRefusal with what GitHub had against it
 */
export async function createCommit(
  deps: { client: GithubClient },
  token: string,
  commit: {
    repository: RepositoryName;
    branch: string;
    expectedHead: string;
    message: { headline: string; body?: string | undefined };
    changes: FileChanges;
  },
): Promise<CreatedCommit> {
  const { repository, branch, expectedHead, message, changes } = commit;
  const input = {
    branch: { repositoryNameWithOwner: `${repository.owner}/${repository.name}`, branchName: branch },
    expectedHeadOid: expectedHead,
    message,
    fileChanges: changes,
  };
  const data = await deps.client.graphql(token, mutation, { input }).catch((error) => {
    // An error about a part of the answer, such as the author's page, leaves the commit made.
    if (error instanceof GraphqlRefusal && made.safeParse(error.data).success) return error.data;
    throw error;
  });
  const parsed = answer.safeParse(data);
  if (!parsed.success) throw new ProviderFailure("garbled", "GitHub's answer about the commit could not be understood");
  return toCreatedCommit(parsed.data.createCommitOnBranch.commit);
}
