import { z } from "zod";
import { conflictingPath, isWorkflow, pathFault } from "../commits/path-rules.ts";
import { changeTree, MissingPath, type PathChange } from "../git/change-tree.ts";
import { isObjectId } from "../git/ref-name.ts";
import { notAccessible, unprocessable } from "../http/rest-error.ts";
import { grantedPermissions } from "../world/access.ts";
import type { World } from "../world/world.ts";
import type { Reached } from "./require-repository.ts";

const shape = z.object({
  base_tree: z.string().optional(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.enum(["100644", "100755", "040000", "160000", "120000"]),
      type: z.enum(["blob", "tree", "commit"]).optional(),
      sha: z.string().nullish(),
      content: z.string().optional(),
    }),
  ),
});

/** Makes a tree from entries, on top of another one if asked; `sha: null` deletes. */
export async function createTree(world: World, { actor, repository }: Reached, body: unknown): Promise<string> {
  const wish = shape.safeParse(body);
  if (!wish.success) throw unprocessable("Invalid tree info");
  const { git } = repository;
  const changes = new Map<string, PathChange>();
  for (const { path, mode, sha, content } of wish.data.tree) {
    const fault = pathFault(path);
    if (fault) throw unprocessable(`tree.path ${fault}`);
    if (isWorkflow(path) && grantedPermissions(world, actor, repository).workflows !== "write") throw notAccessible();
    if (content !== undefined) changes.set(path, { oid: await git.write("blob", Buffer.from(content)), mode });
    else if (sha === null) changes.set(path, null);
    else {
      const wanted = mode === "040000" ? "tree" : "blob";
      const known = isObjectId(sha ?? "") && (mode === "160000" || (await git.object(sha ?? ""))?.type === wanted);
      if (!known || !sha) throw unprocessable(`tree.sha ${sha} is not a valid ${wanted}`);
      changes.set(path, { oid: sha, mode });
    }
  }
  const added = wish.data.tree.flatMap(({ path, sha }) => (sha === null ? [] : [path]));
  if (conflictingPath(added, []) !== null) throw unprocessable("tree.path contains duplicate file paths");
  const base = wish.data.base_tree;
  const baseTree = base === undefined ? null : ((await git.commit(base))?.tree ?? base);
  if (baseTree !== null && !(await git.tree(baseTree))) throw unprocessable("base_tree is not a valid tree oid");
  const store = {
    readTree: async (oid: string) => (await git.object(oid))?.content ?? Buffer.alloc(0),
    writeTree: (content: Buffer) => git.write("tree", content),
  };
  const tree = await changeTree(store, baseTree, changes).catch((error: unknown) => {
    if (error instanceof MissingPath) throw unprocessable("GitRPC::BadObjectState");
    throw error;
  });
  if (!tree) throw unprocessable("Invalid tree info");
  return tree;
}
