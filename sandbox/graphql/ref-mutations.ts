import type { CreateRefInput, DeleteRefInput, UpdateRefInput } from "@octokit/graphql-schema";
import { createRef, deleteRef, updateRef } from "../commits/change-ref.ts";
import type { Actor } from "../http/caller.ts";
import { RestError } from "../http/rest-error.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { GraphqlFault } from "./graphql-fault.ts";
import { readNodeId } from "./node-id.ts";
import { refField } from "./ref-fields.ts";
import { repositoryById } from "./repository-fields.ts";
import { requireWrite } from "./write-access.ts";

export function createRefField(world: World, actor: Actor) {
  return async ({ input }: { input: CreateRefInput }): Promise<object> => {
    const id = readNodeId(input.repositoryId);
    const repository = id?.kind === "repository" ? repositoryById(world, actor, Number(id.key)) : null;
    if (!repository) throw unresolved(input.repositoryId);
    requireWrite(world, actor, repository, "CreateRef");
    await unprocessed(createRef(world, actor, repository, input.name, String(input.oid)));
    return {
      clientMutationId: input.clientMutationId ?? null,
      ref: () => refField(world, actor, repository, input.name),
    };
  };
}

export function updateRefField(world: World, actor: Actor) {
  return async ({ input }: { input: UpdateRefInput }): Promise<object> => {
    const { repository, name } = findRef(world, actor, input.refId);
    requireWrite(world, actor, repository, "UpdateRef");
    await unprocessed(
      updateRef(world, actor, repository, name, { to: String(input.oid), force: input.force ?? false }),
    );
    return { clientMutationId: input.clientMutationId ?? null, ref: () => refField(world, actor, repository, name) };
  };
}

export function deleteRefField(world: World, actor: Actor) {
  return async ({ input }: { input: DeleteRefInput }): Promise<object> => {
    const { repository, name } = findRef(world, actor, input.refId);
    requireWrite(world, actor, repository, "DeleteRef");
    await unprocessed(deleteRef(world, actor, repository, name));
    return { clientMutationId: input.clientMutationId ?? null };
  };
}

function findRef(world: World, actor: Actor, id: string): { repository: Repository; name: string } {
  const found = readNodeId(id);
  const [number = "", name = ""] = found?.kind === "ref" ? found.key.split(/:(.*)/s) : [];
  const repository = repositoryById(world, actor, Number(number));
  if (!repository || name === "") throw unresolved(id);
  return { repository, name };
}

export function unresolved(id: string) {
  return new GraphqlFault("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
}

/** What REST refuses with 422 GraphQL calls UNPROCESSABLE, in the words that REST has among its details. */
export async function unprocessed<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RestError) throw new GraphqlFault("UNPROCESSABLE", error.reason());
    throw error;
  }
}
