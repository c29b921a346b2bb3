import { changeTree, type PathChange } from "../git/change-tree.ts";
import { type Signature, serialiseCommit, withSignature } from "../git/commit-object.ts";
import type { Actor } from "../http/caller.ts";
import { commitEmail, noreply } from "../world/people.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";

export interface FileChanges {
  /** Null deletes. Without a mode the file keeps its own. */
  files: Map<string, { content: Buffer; mode?: string } | null>;
  message: string;
}

/** Whose name a commit carries that GitHub makes for a caller. */
export function authorOf(world: World, actor: Actor): Signature {
  const now = { time: Math.floor(Date.now() / 1000), zone: "+0000" };
  if (actor.kind !== "user") return { name: world.bot.login, email: noreply(world.bot), ...now };
  return { name: actor.person.name ?? actor.person.login, email: commitEmail(actor.person), ...now };
}

/** GitHub as a committer, as for edits made on the web. */
export function webFlow(author: Signature): Signature {
  return { ...author, name: "GitHub", email: "noreply@github.com" };
}

/**
 * Writes blobs, trees and a commit on top of another; no ref moves.
 * @throws MissingPath when a path to delete is not there
 */
export async function writeCommit(
  world: World,
  repository: Repository,
  parent: string | null,
  change: FileChanges,
  who: { author: Signature; committer: Signature; signed: boolean },
): Promise<string> {
  const { git } = repository;
  const changes = new Map<string, PathChange>();
  await Promise.all(
    [...change.files].map(async ([path, file]) => {
      if (!file) changes.set(path, null);
      else changes.set(path, { oid: await git.write("blob", file.content), ...(file.mode ? { mode: file.mode } : {}) });
    }),
  );
  const store = {
    readTree: async (oid: string) => (await git.object(oid))?.content ?? Buffer.alloc(0),
    writeTree: (content: Buffer) => git.write("tree", content),
  };
  const base = parent ? ((await git.commit(parent))?.tree ?? null) : null;
  const tree = await changeTree(store, base, changes);
  if (!tree) throw new Error("a root tree is never null");
  const { author, committer } = who;
  const text = serialiseCommit({ tree, parents: parent ? [parent] : [], author, committer, message: change.message });
  const whole = who.signed ? withSignature(text, world.signingKey.sign(text)) : text;
  return git.write("commit", Buffer.from(whole));
}
