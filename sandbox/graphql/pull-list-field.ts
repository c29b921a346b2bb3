import type { Actor } from "../http/caller.ts";
import type { PullRequest, Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { connection, type PageWish } from "./connection.ts";
import { pullField } from "./pull-fields.ts";

export interface PullListWish extends PageWish {
  states?: string[] | null;
  headRefName?: string | null;
  baseRefName?: string | null;
  labels?: string[] | null;
  orderBy?: { field: string; direction: "ASC" | "DESC" } | null;
}

/** A repository's `pullRequests`; their times are those of their making, so that any order is the order of numbers. */
export function pullListField(world: World, actor: Actor, repository: Repository, wish: PullListWish) {
  const wanted = (pull: PullRequest) =>
    (wish.states == null || wish.states.includes(pull.state.toUpperCase())) &&
    (wish.headRefName == null || wish.headRefName === pull.head) &&
    (wish.baseRefName == null || wish.baseRefName === pull.base) &&
    (wish.labels == null || wish.labels.length === 0);
  const found = repository.pullRequests.filter(wanted);
  const ordered = wish.orderBy?.direction === "DESC" ? found.toReversed() : found;
  return connection(ordered, wish, (pull) => pullField(world, actor, repository, pull));
}
