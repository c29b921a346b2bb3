import type { Change } from "./change.ts";

/** A GitHub client with somebody's token. */
export interface GraphqlClient {
  graphql(query: string, variables: Record<string, unknown>): Promise<unknown>;
}

/** What onbehalf asks for, too. */
const mutation = `mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit { oid url author { name email user { login } } signature { isValid } }
  }
}`;

/** GitHub's mutation and nothing else. */
export function sendMutation(
  client: GraphqlClient,
  place: { repository: string; branch: string; head: string },
  { headline, files }: Change,
): Promise<unknown> {
  return client.graphql(mutation, {
    input: {
      branch: { repositoryNameWithOwner: place.repository, branchName: place.branch },
      expectedHeadOid: place.head,
      message: { headline },
      fileChanges: { additions: encoded(files) },
    },
  });
}

/** Files as GitHub takes them. */
export function encoded(files: Change["files"]): { path: string; contents: string }[] {
  return files.map(({ path, content }) => ({ path, contents: Buffer.from(content).toString("base64") }));
}
