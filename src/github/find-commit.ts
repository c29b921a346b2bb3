import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";
import { type CreatedCommit, commitFields, commitNode, toCreatedCommit } from "./created-commit.ts";
import type { RepositoryName } from "./read-branch.ts";

/** A commit directly on top of another one, with what tells whether it is the one looked for. */
export interface ChildCommit extends CreatedCommit {
  message: string;
  tree: string;
}

const query = `query FindCommit($owner: String!, $name: String!, $from: GitObjectID!, $after: String) {
  repository(owner: $owner, name: $name) {
    object(oid: $from) {
      ... on Commit {
        history(first: 100, after: $after) {
          nodes { ${commitFields} message tree { oid } parents(first: 2) { nodes { oid } } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
}`;

const answer = z.object({
  repository: z.object({
    object: z.object({
      history: z.object({
        nodes: z.array(
          commitNode.extend({
            message: z.string(),
            tree: z.object({ oid: z.string() }),
            parents: z.object({ nodes: z.array(z.object({ oid: z.string() })) }),
          }),
        ),
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      }),
    }),
  }),
});

/** 1,000 commits back: more than any branch gets within the life of a call. */
const mostPages = 10;

/** The commits in the history of `from` whose only parent is `parent`, the youngest first. */
export async function findChildren(
  deps: { client: GithubClient },
  token: string,
  search: { repository: RepositoryName; from: string; parent: string },
): Promise<ChildCommit[]> {
  const found: ChildCommit[] = [];
  let after: string | null = null;
  for (let page = 0; page < mostPages; page++) {
    const data: unknown = await deps.client.graphql(token, query, { ...search.repository, from: search.from, after });
    const parsed = answer.safeParse(data);
    if (!parsed.success) throw new ProviderFailure("garbled", "GitHub's answer about the history can't be understood");
    const { nodes, pageInfo } = parsed.data.repository.object.history;
    for (const { message, tree, parents, ...commit } of nodes) {
      if (parents.nodes.length !== 1 || parents.nodes[0]?.oid !== search.parent) continue;
      found.push({ ...toCreatedCommit(commit), message, tree: tree.oid });
    }
    // Behind the parent itself there can be no child of it.
    if (nodes.some((node) => node.oid === search.parent) || !pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  return found;
}
