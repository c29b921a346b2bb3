import type { RefUpdate, UpdateRefsInput } from "@octokit/graphql-schema";
import { createRef, deleteRef, updateRef } from "../commits/change-ref.ts";
import type { Actor } from "../http/caller.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { GraphqlFault } from "./graphql-fault.ts";
import { readNodeId } from "./node-id.ts";
import { unprocessed, unresolved } from "./ref-mutations.ts";
import { repositoryById } from "./repository-fields.ts";
import { requireWrite } from "./write-access.ts";

/** Creates, moves and deletes refs, each only from where the caller expects it. All zeros stand for "no ref". */
export function updateRefsField(world: World, actor: Actor) {
  return async ({ input }: { input: UpdateRefsInput }): Promise<object> => {
    const id = readNodeId(input.repositoryId);
    const repository = id?.kind === "repository" ? repositoryById(world, actor, Number(id.key)) : null;
    if (!repository) throw unresolved(input.repositoryId);
    requireWrite(world, actor, repository, "UpdateRefs");
    for (const update of input.refUpdates) await requireBefore(repository, update);
    for (const update of input.refUpdates) await unprocessed(apply(world, actor, repository, update));
    return { clientMutationId: input.clientMutationId ?? null };
  };
}

async function requireBefore(repository: Repository, update: RefUpdate): Promise<void> {
  if (update.beforeOid == null) return;
  const now = (await repository.git.ref(update.name))?.oid ?? null;
  const expected = isNone(update.beforeOid) ? null : update.beforeOid;
  if (now !== expected) throw new GraphqlFault("UNPROCESSABLE", `${update.name} is not at the expected object.`);
}

async function apply(world: World, actor: Actor, repository: Repository, update: RefUpdate): Promise<void> {
  const to = String(update.afterOid);
  if (isNone(to)) return deleteRef(world, actor, repository, update.name);
  if (!(await repository.git.ref(update.name))) return createRef(world, actor, repository, update.name, to);
  return updateRef(world, actor, repository, update.name, { to, force: update.force ?? false });
}

function isNone(oid: unknown): boolean {
  return /^0+$/.test(String(oid));
}
