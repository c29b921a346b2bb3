import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";
import { type CreatedCommit, commitFields, commitNode, toCreatedCommit } from "./created-commit.ts";
import type { RepositoryName } from "./read-branch.ts";

/** A commit directly on top of another one, with what tells whether it is the one looked for. */
export interface ChildCommit {
  commit: CreatedCommit;
  message: string;
  tree: string;
  /** GitHub's number of the person who is its author; null: none, such as an app's bot. */
  authorUid: string | null;
}

const query = `query FindCommit($owner: String!, $name: String!, $from: GitObjectID!, $since: GitTimestamp!, $after: String) {
  repository(owner: $owner, name: $name, followRenames: false) {
    object(oid: $from) {
      ... on Commit {
        history(first: 100, after: $after, since: $since) {
          nodes { ${commitFields} author { user { databaseId } } message tree { oid } parents(first: 2) { nodes { oid } } }
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
            author: commitNode.shape.author.extend({
              user: z.object({ login: z.string(), databaseId: z.number().nullable() }).nullable(),
            }),
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

/** The commits in the history of `from`, not older than `since`, whose only parent is `parent`, the youngest first. */
export async function findChildren(
  deps: { client: GithubClient },
  token: string,
  search: { repository: RepositoryName; from: string; parent: string; since: Date },
): Promise<ChildCommit[]> {
  const { repository, from, parent } = search;
  const since = search.since.toISOString().replace(/\.\d+/, "");
  const found: ChildCommit[] = [];
  let after: string | null = null;
  do {
    const data: unknown = await deps.client.graphql(token, query, { ...repository, from, since, after });
    const parsed = answer.safeParse(data);
    if (!parsed.success) throw new ProviderFailure("garbled", "GitHub's answer about the history can't be understood");
    const { nodes, pageInfo } = parsed.data.repository.object.history;
    for (const { message, tree, parents, ...node } of nodes) {
      if (parents.nodes.length !== 1 || parents.nodes[0]?.oid !== parent) continue;
      const uid = node.author.user?.databaseId;
      const authorUid = uid === null || uid === undefined ? null : String(uid);
      found.push({ commit: toCreatedCommit(node), message, tree: tree.oid, authorUid });
    }
    // Behind the parent itself there can be no child of it.
    after = pageInfo.hasNextPage && nodes.every(({ oid }) => oid !== parent) ? pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}
