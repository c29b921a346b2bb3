import type { Actor } from "../http/caller.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { objectField } from "./commit-fields.ts";
import { nodeId } from "./node-id.ts";
import { repositoryField } from "./repository-fields.ts";

/** A `Ref`, or null when there is none of that full name. */
export async function refField(
  world: World,
  actor: Actor,
  repository: Repository,
  name: string,
): Promise<object | null> {
  const ref = await repository.git.ref(name);
  if (!ref) return null;
  const prefix = /^refs\/[^/]+\//.exec(name)?.[0] ?? "refs/";
  return {
    __typename: "Ref",
    id: nodeId("ref", `${repository.id}:${name}`),
    name: name.slice(prefix.length),
    prefix,
    repository: () => repositoryField(world, actor, repository),
    target: () => objectField(world, actor, repository, ref.oid),
  };
}
