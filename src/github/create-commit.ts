import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

export interface FileChanges {
  /** Contents in padded base64, the whole file. */
  additions: { path: string; contents: string }[];
  deletions: { path: string }[];
}

/** What GitHub returned about the commit that it made. */
export interface CreatedCommit {
  oid: string;
  url: string;
  verified: boolean;
  author: { login: string | null; name: string; email: string };
}

const mutation = `mutation CommitAsUser($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit {
      oid
      url
      author { name email user { login } }
      signature { isValid }
    }
  }
}`;

const answer = z.object({
  createCommitOnBranch: z.object({
    commit: z.object({
      oid: z.string(),
      url: z.string(),
      author: z.object({
        name: z.string().nullable(),
        email: z.string().nullable(),
        user: z.object({ login: z.string() }).nullable(),
      }),
      signature: z.object({ isValid: z.boolean() }).nullable(),
    }),
  }),
});

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
  const data = await deps.client.graphql(token, mutation, {
    input: {
      branch: { repositoryNameWithOwner: `${repository.owner}/${repository.name}`, branchName: branch },
      expectedHeadOid: expectedHead,
      message,
      fileChanges: changes,
    },
  });
  const parsed = answer.safeParse(data);
  if (!parsed.success) throw new ProviderFailure("garbled", "GitHub's answer about the commit could not be understood");
  const made = parsed.data.createCommitOnBranch.commit;
  return {
    oid: made.oid,
    url: made.url,
    verified: made.signature?.isValid ?? false,
    author: { login: made.author.user?.login ?? null, name: made.author.name ?? "", email: made.author.email ?? "" },
  };
}
