import { z } from "zod";
import type { Branch } from "../branches.ts";
import type { Tools } from "../experiment.ts";
import type { Answer } from "../github-api.ts";

export interface CommitWish {
  branch: Pick<Branch, "name" | "head">;
  additions?: { path: string; text: string }[];
  deletions?: string[];
  repository?: string;
}

const MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit { oid author { email } committer { name email } signature { isValid state wasSignedByGitHub } }
  }
}`;

export const commitAnswer = z.object({
  data: z.object({
    createCommitOnBranch: z.object({
      commit: z.object({
        oid: z.string(),
        author: z.object({ email: z.string().nullable() }),
        committer: z.object({ name: z.string().nullable(), email: z.string().nullable() }),
        signature: z.object({ isValid: z.boolean(), state: z.string(), wasSignedByGitHub: z.boolean() }).nullable(),
      }),
    }),
  }),
});

/** `createCommitOnBranch` as the person. */
export async function commitOnBranch({ api, tokens, repository }: Tools, wish: CommitWish): Promise<Answer> {
  const additions = (wish.additions ?? []).map(({ path, text }) => ({
    path,
    contents: Buffer.from(text).toString("base64"),
  }));
  return api.graphql(await tokens.current(), MUTATION, {
    input: {
      branch: { repositoryNameWithOwner: wish.repository ?? repository.fullName, branchName: wish.branch.name },
      expectedHeadOid: wish.branch.head,
      message: { headline: "onbehalf live check" },
      fileChanges: { additions, deletions: (wish.deletions ?? []).map((path) => ({ path })) },
    },
  });
}
