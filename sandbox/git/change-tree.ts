import { isFolder, parseTree, serialiseTree, type TreeEntry } from "./tree.ts";

/** What becomes of one path: a new entry (without a mode the old one is kept), or null for a deletion. */
export type PathChange = { oid: string; mode?: string } | null;

export interface TreeStore {
  readTree(oid: string): Promise<Buffer>;
  writeTree(content: Buffer): Promise<string>;
}

/** A path was to be deleted that is not there. */
export class MissingPath extends Error {
  readonly path: string;
  constructor(path: string) {
    super(`no such path: ${path}`);
    this.path = path;
  }
}

/**
 * The tree that comes of a tree and changes to it. Only folders on the way to a change are read and rewritten.
 * @returns the new tree's id, or null when nothing is left of it
 */
export async function changeTree(
  store: TreeStore,
  treeOid: string | null,
  changes: Map<string, PathChange>,
  under = "",
): Promise<string | null> {
  const entries = new Map<string, TreeEntry>();
  if (treeOid) for (const entry of parseTree(await store.readTree(treeOid))) entries.set(entry.name, entry);
  const folders = new Map<string, Map<string, PathChange>>();
  for (const [path, change] of changes) {
    const slash = path.indexOf("/");
    if (slash < 0) {
      changeEntry(entries, path, change, under);
      continue;
    }
    const name = path.slice(0, slash);
    const inside = folders.get(name) ?? new Map<string, PathChange>();
    inside.set(path.slice(slash + 1), change);
    folders.set(name, inside);
  }
  for (const [name, inside] of folders) {
    const old = entries.get(name);
    const folder = await changeTree(store, old && isFolder(old) ? old.oid : null, inside, `${under}${name}/`);
    if (folder) entries.set(name, { name, mode: "040000", oid: folder });
    else entries.delete(name);
  }
  if (entries.size === 0 && under !== "") return null;
  return store.writeTree(serialiseTree([...entries.values()]));
}

function changeEntry(entries: Map<string, TreeEntry>, name: string, change: PathChange, under: string) {
  const old = entries.get(name);
  if (change) {
    const kept = old && !isFolder(old) ? old.mode : "100644";
    entries.set(name, { name, oid: change.oid, mode: change.mode ?? kept });
    return;
  }
  if (!old || isFolder(old)) throw new MissingPath(`${under}${name}`);
  entries.delete(name);
}
