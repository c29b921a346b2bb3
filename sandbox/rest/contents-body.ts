import type { components } from "@octokit/openapi-types";
import { isFolder, type TreeEntry } from "../git/tree.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";

type Schemas = components["schemas"];

/** A file with its content. */
export function fileBody(
  world: World,
  repository: Repository,
  where: { path: string; ref: string },
  entry: TreeEntry,
  content: Buffer,
): Schemas["content-file"] {
  const lines = content.toString("base64").match(/.{1,60}/g) ?? [];
  return {
    ...described(world, repository, where, entry),
    type: "file",
    size: content.length,
    encoding: "base64",
    content: lines.map((line) => `${line}\n`).join(""),
  };
}

/** What a folder holds. */
export function folderBody(
  world: World,
  repository: Repository,
  where: { path: string; ref: string },
  entries: TreeEntry[],
) {
  return entries.map((entry) => {
    const path = where.path === "" ? entry.name : `${where.path}/${entry.name}`;
    const type = isFolder(entry)
      ? "dir"
      : entry.mode === "160000"
        ? "submodule"
        : entry.mode === "120000"
          ? "symlink"
          : "file";
    return { ...described(world, repository, { path, ref: where.ref }, entry), type, size: 0 };
  });
}

function described(world: World, repository: Repository, where: { path: string; ref: string }, entry: TreeEntry) {
  const { api, web } = world.addresses;
  const name = fullName(repository);
  const kind = isFolder(entry) ? "tree" : "blob";
  const self = `${api}/repos/${name}/contents/${encodeURI(where.path)}?ref=${encodeURIComponent(where.ref)}`;
  const git = `${api}/repos/${name}/git/${kind}s/${entry.oid}`;
  const html = `${web}/${name}/${kind}/${where.ref}/${encodeURI(where.path)}`;
  return {
    name: where.path.split("/").at(-1) ?? "",
    path: where.path,
    sha: entry.oid,
    url: self,
    git_url: git,
    html_url: html,
    download_url: null,
    _links: { self, git, html },
  };
}
