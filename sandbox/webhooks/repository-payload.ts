import { nodeId } from "../graphql/node-id.ts";
import { simpleUser } from "../rest/user-body.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";

/** A repository as webhooks carry it, modestly. */
export function repositoryPayload(world: World, repository: Repository): object {
  const owner = world.people.owner(repository.owner);
  const name = fullName(repository);
  return {
    ...shortRepository(repository),
    owner: owner ? simpleUser(world, owner) : null,
    html_url: `${world.addresses.web}/${name}`,
    url: `${world.addresses.api}/repos/${name}`,
    clone_url: `${world.addresses.web}/${name}.git`,
    default_branch: repository.defaultBranch,
    archived: repository.archived,
    fork: false,
    visibility: repository.private ? "private" : "public",
  };
}

/** A repository in the lists of installation events. */
export function shortRepository(repository: Repository) {
  return {
    id: repository.id,
    node_id: nodeId("repository", String(repository.id)),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
  };
}
