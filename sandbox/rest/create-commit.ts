import { z } from "zod";
import { authorOf, webFlow } from "../commits/write-commit.ts";
import { type Signature, serialiseCommit, withSignature } from "../git/commit-object.ts";
import type { Actor } from "../http/caller.ts";
import { unprocessable } from "../http/rest-error.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";

const whoShape = z.object({ name: z.string(), email: z.string(), date: z.iso.datetime({ offset: true }).optional() });
const shape = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).default([]),
  author: whoShape.optional(),
  committer: whoShape.optional(),
  signature: z.string().optional(),
});

/** Makes a commit object; nothing points to it yet. GitHub signs it only for an app that names nobody. */
export async function createCommit(world: World, actor: Actor, repository: Repository, body: unknown): Promise<string> {
  const wish = shape.safeParse(body);
  if (!wish.success) throw unprocessable('Invalid request.\n\n"message" and "tree" are required.');
  const { message, tree, parents, signature } = wish.data;
  const { git } = repository;
  if (!(await git.tree(tree))) throw unprocessable("Tree SHA does not exist");
  for (const parent of parents) {
    if (!(await git.commit(parent))) throw unprocessable("Parent SHA does not exist or is not a commit object");
  }
  const owner = authorOf(world, actor);
  const author = wish.data.author ? asSignature(wish.data.author, owner) : owner;
  const named = wish.data.author ?? wish.data.committer ?? signature;
  const byGitHub = actor.kind === "installation" && named === undefined;
  const committer = wish.data.committer
    ? asSignature(wish.data.committer, author)
    : byGitHub
      ? webFlow(author)
      : author;
  const text = serialiseCommit({ tree, parents, author, committer, message });
  const armoured = byGitHub ? world.signingKey.sign(text) : signature;
  return git.write("commit", Buffer.from(armoured ? withSignature(text, armoured) : text));
}

function asSignature(who: z.infer<typeof whoShape>, fallback: Signature): Signature {
  const time = who.date === undefined ? fallback.time : Math.floor(Date.parse(who.date) / 1000);
  return { name: who.name, email: who.email, time, zone: "+0000" };
}
