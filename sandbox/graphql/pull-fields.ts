import type { Actor } from "../http/caller.ts";
import { type Comparison, compareBranches } from "../pulls/compare-branches.ts";
import { fullName, type PullRequest, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { ownerField, personField } from "./actor-fields.ts";
import { commitField } from "./commit-fields.ts";
import { connection, emptyConnection, type PageWish } from "./connection.ts";
import { nodeId } from "./node-id.ts";
import { refField } from "./ref-fields.ts";
import { repositoryField } from "./repository-fields.ts";

const REACTIONS = ["THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES"];

/** A `PullRequest`. Nobody reviews, labels or merges one here. */
export function pullField(world: World, actor: Actor, repository: Repository, pull: PullRequest): object {
  const path = `/${fullName(repository)}/pull/${pull.number}`;
  const time = new Date(pull.createdAt).toISOString();
  let compared: Promise<Comparison> | null = null;
  const compare = () => {
    compared ??= compareBranches(repository.git, pull.base, pull.head);
    return compared;
  };
  const oid = async (branch: string) => (await repository.git.ref(`refs/heads/${branch}`))?.oid;
  return {
    __typename: "PullRequest",
    id: nodeId("pull", `${repository.id}:${pull.number}`),
    fullDatabaseId: String(pull.id),
    number: pull.number,
    title: pull.title,
    body: pull.body ?? "",
    url: world.addresses.web + path,
    resourcePath: path,
    state: pull.state.toUpperCase(),
    closed: pull.state === "closed",
    merged: false,
    isDraft: pull.draft,
    createdAt: time,
    updatedAt: time,
    closedAt: null,
    mergedAt: null,
    author: authorField(world, pull),
    baseRefName: pull.base,
    headRefName: pull.head,
    baseRefOid: () => oid(pull.base),
    headRefOid: () => oid(pull.head),
    baseRef: () => refField(world, actor, repository, `refs/heads/${pull.base}`),
    headRef: () => refField(world, actor, repository, `refs/heads/${pull.head}`),
    repository: () => repositoryField(world, actor, repository),
    baseRepository: () => repositoryField(world, actor, repository),
    headRepository: () => repositoryField(world, actor, repository),
    headRepositoryOwner: () => ownerField(world, repository.owner),
    isCrossRepository: false,
    maintainerCanModify: false,
    // GitHub's answer until it has tried to merge, which is never done here.
    mergeable: "UNKNOWN",
    mergeStateStatus: "UNKNOWN",
    additions: async () => (await compare()).additions,
    deletions: async () => (await compare()).deletions,
    changedFiles: async () => (await compare()).changedFiles,
    commits: async (wish: PageWish) => {
      const oldestFirst = (await compare()).commits.toReversed();
      return connection(oldestFirst, wish, (one) => ({ commit: () => commitField(world, actor, repository, one) }));
    },
    reviewDecision: null,
    milestone: null,
    reviewRequests: emptyConnection,
    reviews: emptyConnection,
    latestReviews: emptyConnection,
    assignees: emptyConnection,
    labels: emptyConnection,
    projectCards: emptyConnection,
    comments: emptyConnection,
    reactionGroups: REACTIONS.map((content) => ({ content, users: emptyConnection, reactors: emptyConnection })),
  };
}

function authorField(world: World, { author }: PullRequest): object | null {
  const person = world.people.byId(author.id);
  if (person) return personField(world, person);
  const bot = world.apps.map((one) => one.bot).find(({ id }) => id === author.id);
  return bot
    ? { ...personField(world, { ...bot, name: null, email: "", emailPrivate: true }), __typename: "Bot" }
    : null;
}
