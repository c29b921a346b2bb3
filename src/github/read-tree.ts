import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

export interface TreeEntry {
  mode: string;
  oid: string;
}

const answer = z.object({
  tree: z.array(z.object({ path: z.string(), mode: z.string(), sha: z.string().nullish(), type: z.string() })),
});

/**
 * What stands at some paths of a tree, read folder by folder: GitHub cuts a whole listing off at 100,000 entries.
 * @param request.tree a tree's or a commit's id
 * @returns the files and links there; a path that has none is missing
 */
export async function readTree(
  deps: { client: GithubClient },
  token: string,
  request: { repository: RepositoryName; tree: string; paths: readonly string[] },
): Promise<Map<string, TreeEntry>> {
  const found = new Map<string, TreeEntry>();
  const walk = async (tree: string, folder: string, paths: readonly string[]): Promise<void> => {
    const entries = await list(deps, token, request.repository, tree);
    const below = new Map<string, string[]>();
    for (const path of paths) {
      const [name = "", ...rest] = path.slice(folder.length).split("/");
      const entry = entries.get(name);
      if (!entry?.sha) continue;
      if (rest.length === 0 && entry.type === "blob") found.set(path, { mode: entry.mode, oid: entry.sha });
      if (rest.length > 0 && entry.type === "tree") below.set(name, [...(below.get(name) ?? []), path]);
    }
    for (const [name, inside] of below) {
      const sha = entries.get(name)?.sha;
      if (sha) await walk(sha, `${folder}${name}/`, inside);
    }
  };
  await walk(request.tree, "", request.paths);
  return found;
}

async function list(deps: { client: GithubClient }, token: string, repository: RepositoryName, sha: string) {
  const { owner, name: repo } = repository;
  const { status, data } = await deps.client.rest(token, "GET /repos/{owner}/{repo}/git/trees/{sha}", {
    owner,
    repo,
    sha,
  });
  const parsed = answer.safeParse(data);
  if (status !== 200 || !parsed.success) {
    throw new ProviderFailure("garbled", `GitHub answered ${status} about a tree`);
  }
  return new Map(parsed.data.tree.map((entry) => [entry.path, entry]));
}
