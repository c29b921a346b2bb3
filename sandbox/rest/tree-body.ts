import type { components } from "@octokit/openapi-types";
import { resolveCommit } from "../git/resolve-revision.ts";
import { isFolder, type TreeEntry } from "../git/tree.ts";
import { notFound } from "../http/rest-error.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";

type Body = components["schemas"]["git-tree"];

/** A tree by its id, a commit's or a branch's name; recursively with everything below. */
export async function treeBody(world: World, repository: Repository, name: string, recursive: boolean): Promise<Body> {
  const { git } = repository;
  const commit = await resolveCommit(git, name);
  const sha = (commit && (await git.commit(commit))?.tree) ?? name;
  const entries = await git.tree(sha);
  if (!entries) throw notFound();
  const url = `${world.addresses.api}/repos/${fullName(repository)}/git`;
  const describe = async (entry: TreeEntry, under: string): Promise<Body["tree"]> => {
    const path = under + entry.name;
    if (isFolder(entry)) {
      const folder = { path, mode: entry.mode, type: "tree", sha: entry.oid, url: `${url}/trees/${entry.oid}` };
      return recursive ? [folder, ...(await below(entry.oid, `${path}/`))] : [folder];
    }
    if (entry.mode === "160000") return [{ path, mode: entry.mode, type: "commit", sha: entry.oid }];
    const size = (await git.object(entry.oid))?.content.length ?? 0;
    return [{ path, mode: entry.mode, type: "blob", sha: entry.oid, size, url: `${url}/blobs/${entry.oid}` }];
  };
  const below = async (oid: string, under: string) => {
    const inside = await Promise.all(((await git.tree(oid)) ?? []).map((entry) => describe(entry, under)));
    return inside.flat();
  };
  return { sha, url: `${url}/trees/${sha}`, tree: await below(sha, ""), truncated: false };
}
