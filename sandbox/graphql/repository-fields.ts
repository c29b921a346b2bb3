import { isRefName } from "../git/ref-name.ts";
import { resolveRevision } from "../git/resolve-revision.ts";
import type { Actor } from "../http/caller.ts";
import { actorPermission, canSee, needsSso } from "../world/access.ts";
import { commitEmail, possibleCommitEmails } from "../world/people.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { ownerField } from "./actor-fields.ts";
import { objectField } from "./commit-fields.ts";
import { GraphqlFault, ssoFault } from "./graphql-fault.ts";
import { nodeId } from "./node-id.ts";
import { pullField } from "./pull-fields.ts";
import { type PullListWish, pullListField } from "./pull-list-field.ts";
import { refField } from "./ref-fields.ts";

/** @throws NOT_FOUND, also for what the caller may not see */
export function repositoryByName(world: World, actor: Actor, name: string): Repository {
  const repository = world.repositories.byFullName(name);
  if (!repository || !canSee(world, actor, repository)) {
    throw new GraphqlFault("NOT_FOUND", `Could not resolve to a Repository with the name '${name}'.`);
  }
  if (needsSso(world, actor, repository.owner)) throw ssoFault(world, repository.owner);
  return repository;
}

/** The repository of that number, if the caller may see it. */
export function repositoryById(world: World, actor: Actor, id: number): Repository | null {
  const repository = world.repositories.byId(id);
  return repository && canSee(world, actor, repository) ? repository : null;
}

/** A `Repository`. */
export function repositoryField(world: World, actor: Actor, repository: Repository): object {
  const name = fullName(repository);
  const permission = actorPermission(world, actor, repository);
  return {
    __typename: "Repository",
    id: nodeId("repository", String(repository.id)),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: name,
    owner: () => ownerField(world, repository.owner),
    url: `${world.addresses.web}/${name}`,
    resourcePath: `/${name}`,
    isPrivate: repository.private,
    isArchived: repository.archived,
    isDisabled: false,
    isFork: false,
    parent: null,
    description: null,
    homepageUrl: null,
    hasIssuesEnabled: true,
    hasProjectsEnabled: false,
    hasWikiEnabled: false,
    mergeCommitAllowed: true,
    rebaseMergeAllowed: true,
    squashMergeAllowed: true,
    visibility: repository.private ? "PRIVATE" : "PUBLIC",
    createdAt: new Date(repository.createdAt).toISOString(),
    pushedAt: new Date(repository.pushedAt).toISOString(),
    viewerPermission: permission === "none" ? null : permission.toUpperCase(),
    viewerDefaultCommitEmail: actor.kind === "user" ? commitEmail(actor.person) : null,
    viewerPossibleCommitEmails: actor.kind === "user" ? possibleCommitEmails(actor.person) : null,
    isEmpty: async () => (await repository.git.refs("refs/heads/")).length === 0,
    defaultBranchRef: () => refField(world, actor, repository, `refs/heads/${repository.defaultBranch}`),
    ref: ({ qualifiedName }: { qualifiedName: string }) => findRef(world, actor, repository, qualifiedName),
    pullRequests: (wish: PullListWish) => pullListField(world, actor, repository, wish),
    pullRequest: ({ number }: { number: number }) => {
      const pull = repository.pullRequests.find((one) => one.number === number);
      if (!pull) {
        throw new GraphqlFault("NOT_FOUND", `Could not resolve to a PullRequest with the number of ${number}.`);
      }
      return pullField(world, actor, repository, pull);
    },
    object: async ({ oid, expression }: { oid?: string | null; expression?: string | null }) => {
      const revision = (expression ?? "").replace(/^HEAD(?=:|$)/, repository.defaultBranch);
      const found = oid ?? (await resolveRevision(repository.git, revision));
      return found && objectField(world, actor, repository, found);
    },
  };
}

async function findRef(world: World, actor: Actor, repository: Repository, name: string) {
  // A short name is looked for among branches, then tags.
  const names = name.startsWith("refs/") ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`];
  for (const candidate of names.filter(isRefName)) {
    const field = await refField(world, actor, repository, candidate);
    if (field) return field;
  }
  return null;
}
