import { z } from "zod";
import { type GithubClient, GraphqlRefusal } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

const query = `query CommitEmail($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name, followRenames: false) { viewerDefaultCommitEmail }
}`;

const answer = z.object({ repository: z.object({ viewerDefaultCommitEmail: z.string().nullable() }) });

/**
 * The address that GitHub puts on a person's commits made on the web: their own choice.
 * @returns null when GitHub doesn't tell the app
 */
export async function readCommitEmail(
  deps: { client: GithubClient },
  token: string,
  repository: RepositoryName,
): Promise<string | null> {
  try {
    const parsed = answer.safeParse(await deps.client.graphql(token, query, { ...repository }));
    return parsed.success ? parsed.data.repository.viewerDefaultCommitEmail : null;
  } catch (error) {
    if (error instanceof GraphqlRefusal) return null;
    throw error;
  }
}
