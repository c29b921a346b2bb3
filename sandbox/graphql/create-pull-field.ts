import type { CreatePullRequestInput } from "@octokit/graphql-schema";
import type { Actor } from "../http/caller.ts";
import { openPull } from "../pulls/open-pull.ts";
import type { World } from "../world/world.ts";
import { readNodeId } from "./node-id.ts";
import { pullField } from "./pull-fields.ts";
import { unprocessed, unresolved } from "./ref-mutations.ts";
import { repositoryById } from "./repository-fields.ts";
import { requireWrite } from "./write-access.ts";

/** `createPullRequest`, from a branch of the same repository. */
export function createPullField(world: World, actor: Actor) {
  return async ({ input }: { input: CreatePullRequestInput }): Promise<object> => {
    const id = readNodeId(input.repositoryId);
    const repository = id?.kind === "repository" ? repositoryById(world, actor, Number(id.key)) : null;
    if (!repository || actor.kind === "anonymous") throw unresolved(input.repositoryId);
    requireWrite(world, actor, repository, "CreatePullRequest", "pull_requests");
    const pull = await unprocessed(
      openPull(world, actor, repository, {
        title: input.title,
        body: input.body ?? null,
        head: input.headRefName,
        base: input.baseRefName.replace(/^refs\/heads\//, ""),
        draft: input.draft ?? false,
      }),
    );
    return {
      clientMutationId: input.clientMutationId ?? null,
      pullRequest: () => pullField(world, actor, repository, pull),
    };
  };
}
