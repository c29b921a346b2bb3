import type { Actor } from "../http/caller.ts";
import type { World } from "../world/world.ts";
import { actorField, personField } from "./actor-fields.ts";
import { commitField } from "./commit-fields.ts";
import { commitOnBranchField } from "./commit-on-branch-field.ts";
import { createPullField } from "./create-pull-field.ts";
import { GraphqlFault } from "./graphql-fault.ts";
import { readNodeId } from "./node-id.ts";
import { pullField } from "./pull-fields.ts";
import { refField } from "./ref-fields.ts";
import { createRefField, deleteRefField, updateRefField } from "./ref-mutations.ts";
import { repositoryById, repositoryByName, repositoryField } from "./repository-fields.ts";
import { updateRefsField } from "./update-refs-field.ts";

/** The queries and mutations that the sandbox answers. */
export function rootFields(world: World, actor: Actor): object {
  return {
    viewer: () => actorField(world, actor),
    repository: ({ owner, name }: { owner: string; name: string }) =>
      repositoryField(world, actor, repositoryByName(world, actor, `${owner}/${name}`)),
    user: ({ login }: { login: string }) => {
      const person = world.people.byLogin(login);
      if (!person) throw new GraphqlFault("NOT_FOUND", `Could not resolve to a User with the login of '${login}'.`);
      return personField(world, person);
    },
    node: ({ id }: { id: string }) => resolveNode(world, actor, id),
    rateLimit: () => ({
      cost: 1,
      limit: 5000,
      nodeCount: 1,
      remaining: 4999,
      used: 1,
      resetAt: new Date(Date.now() + 3_600_000).toISOString(),
    }),
    createCommitOnBranch: commitOnBranchField(world, actor),
    createPullRequest: createPullField(world, actor),
    createRef: createRefField(world, actor),
    updateRef: updateRefField(world, actor),
    deleteRef: deleteRefField(world, actor),
    updateRefs: updateRefsField(world, actor),
  };
}

async function resolveNode(world: World, actor: Actor, id: string) {
  const unknown = () => new GraphqlFault("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
  const found = readNodeId(id);
  if (!found) throw unknown();
  if (found.kind === "user") {
    const person = world.people.byId(Number(found.key));
    if (!person) throw unknown();
    return personField(world, person);
  }
  const colon = `${found.key}:`.indexOf(":");
  const repository = repositoryById(world, actor, Number(found.key.slice(0, colon)));
  const rest = found.key.slice(colon + 1);
  if (!repository) throw unknown();
  if (found.kind === "repository") return repositoryField(world, actor, repository);
  if (found.kind === "pull") {
    const pull = repository.pullRequests.find(({ number }) => number === Number(rest));
    if (!pull) throw unknown();
    return pullField(world, actor, repository, pull);
  }
  const field =
    found.kind === "ref"
      ? await refField(world, actor, repository, rest)
      : await commitField(world, actor, repository, rest);
  if (!field) throw unknown();
  return field;
}
