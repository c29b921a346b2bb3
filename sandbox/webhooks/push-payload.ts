import { isoTime } from "../git/commit-object.ts";
import type { Actor } from "../http/caller.ts";
import { botUser, simpleUser } from "../rest/user-body.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { repositoryPayload } from "./repository-payload.ts";

const NONE = "0".repeat(40);
const MOST_COMMITS = 20;

export interface Push {
  ref: string;
  before: string;
  after: string;
}

/** Notes a moved ref, and sends the `push` webhook to the apps that are installed there. */
export async function announcePush(world: World, repository: Repository, actor: Actor, push: Push): Promise<void> {
  repository.pushedAt = Date.now();
  const told = world.apps.flatMap(({ installations, webhooks }) => {
    const installation = installations.on(repository.owner);
    return installation && installations.covers(repository) && webhooks.listening ? [{ installation, webhooks }] : [];
  });
  if (told.length === 0) return;
  const sender = actor.kind === "user" ? simpleUser(world, actor.person) : botUser(world);
  const commits = await describeCommits(world, repository, push);
  const payload = {
    ...push,
    created: push.before === NONE,
    deleted: push.after === NONE,
    forced: push.before !== NONE && push.after !== NONE && !(await repository.git.isAncestor(push.before, push.after)),
    base_ref: null,
    compare: `${world.addresses.web}/${fullName(repository)}/compare/${push.before.slice(0, 12)}...${push.after.slice(0, 12)}`,
    commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: sender.login, email: null },
    repository: repositoryPayload(world, repository),
    sender,
  };
  for (const { installation, webhooks } of told) {
    webhooks.send("push", { ...payload, installation: { id: installation.id } });
  }
}

async function describeCommits(world: World, repository: Repository, { before, after }: Push) {
  if (after === NONE) return [];
  const { git } = repository;
  const oids = await git.newCommits(before === NONE ? null : before, after, MOST_COMMITS);
  const found = await Promise.all(oids.map(async (oid) => ({ oid, commit: await git.commit(oid) })));
  return found.flatMap(({ oid, commit }) => {
    if (!commit) return [];
    const who = ({ name, email }: { name: string; email: string }) => {
      const person = world.people.byEmail(email);
      return { name, email, ...(person ? { username: person.login } : {}) };
    };
    return {
      id: oid,
      tree_id: commit.tree,
      distinct: true,
      message: commit.message,
      timestamp: isoTime(commit.author),
      url: `${world.addresses.web}/${fullName(repository)}/commit/${oid}`,
      author: who(commit.author),
      committer: who(commit.committer),
    };
  });
}
