import type { Actor } from "../http/caller.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { commitField } from "./commit-fields.ts";
import { GraphqlFault } from "./graphql-fault.ts";

export interface CommitHistoryArguments {
  first?: number | null;
  after?: string | null;
  path?: string | null;
  since?: string | null;
  until?: string | null;
  author?: { emails?: string[] | null; id?: string | null } | null;
}

// More than any repository of a test has.
const EVERYTHING = 1_000_000;

/** A commit's `history`, newest first. A cursor is the id that was asked about and a place, as GitHub's are. */
export async function historyField(
  world: World,
  actor: Actor,
  repository: Repository,
  oid: string,
  wish: CommitHistoryArguments,
): Promise<object> {
  if (wish.first == null || wish.first > 100) {
    throw new GraphqlFault("ARGUMENT_ERROR", "You must provide a `first` of at most 100 to page the history.");
  }
  const skip = wish.after == null ? 0 : Number(/ (\d+)$/.exec(wish.after)?.[1] ?? 0) + 1;
  const filters = {
    ...(wish.path ? { path: wish.path } : {}),
    ...(wish.since ? { since: wish.since } : {}),
    ...(wish.until ? { until: wish.until } : {}),
    ...(wish.author?.emails ? { authors: wish.author.emails } : {}),
  };
  const found = await repository.git.history(oid, { ...filters, skip, limit: wish.first + 1 });
  const oids = found.slice(0, wish.first);
  const nodes = await Promise.all(oids.map((one) => commitField(world, actor, repository, one)));
  const cursor = (place: number) => `${oid} ${skip + place}`;
  return {
    nodes,
    edges: nodes.map((node, place) => ({ node, cursor: cursor(place) })),
    pageInfo: {
      startCursor: oids.length > 0 ? cursor(0) : null,
      endCursor: oids.length > 0 ? cursor(oids.length - 1) : null,
      hasNextPage: found.length > oids.length,
      hasPreviousPage: skip > 0,
    },
    totalCount: async () => (await repository.git.history(oid, { ...filters, limit: EVERYTHING })).length,
  };
}
