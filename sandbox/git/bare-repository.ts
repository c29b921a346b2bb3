import { type ParsedCommit, parseCommit } from "./commit-object.ts";
import { createLooseRef } from "./create-loose-ref.ts";
import { moveLooseRef } from "./move-loose-ref.ts";
import { ObjectReader } from "./object-reader.ts";
import { isObjectId, isRefName } from "./ref-name.ts";
import { mustGit, runGit } from "./run-git.ts";
import { parseTree, type TreeEntry } from "./tree.ts";
import { writeObject } from "./write-object.ts";

export interface GitRef {
  name: string;
  oid: string;
  type: string;
}

export interface HistoryWish {
  limit: number;
  skip?: number;
  path?: string;
  /** Times as GitHub's API takes them. */
  since?: string;
  until?: string;
  /** Beginnings of e-mail addresses. */
  authors?: string[];
}

const NONE = "0".repeat(40);

/** One real bare repository on disk. */
export class BareRepository {
  readonly path: string;
  readonly #reader: ObjectReader;

  constructor(path: string) {
    this.path = path;
    this.#reader = new ObjectReader(path);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  /** Any object by its id. */
  async object(oid: string) {
    return isObjectId(oid) ? this.#reader.read(oid) : null;
  }

  /** What a full ref name points to. */
  async ref(name: string): Promise<GitRef | null> {
    if (!isRefName(name)) return null;
    const found = await this.#reader.read(name);
    return found && { name, oid: found.oid, type: found.type };
  }

  async commit(oid: string): Promise<ParsedCommit | null> {
    const found = await this.object(oid);
    return found?.type === "commit" ? parseCommit(found.content) : null;
  }

  async tree(oid: string): Promise<TreeEntry[] | null> {
    const found = await this.object(oid);
    return found?.type === "tree" ? parseTree(found.content) : null;
  }

  /** The entry at a path below a commit's tree; the empty path is the tree itself. */
  async entry(treeOid: string, path: string): Promise<TreeEntry | null> {
    let entry: TreeEntry = { name: "", mode: "040000", oid: treeOid };
    for (const part of path.split("/").filter((text) => text !== "")) {
      const next = (await this.tree(entry.oid))?.find((candidate) => candidate.name === part);
      if (!next) return null;
      entry = next;
    }
    return entry;
  }

  write(type: "blob" | "tree" | "commit", content: Buffer): Promise<string> {
    return writeObject(this.path, type, content);
  }

  /** All refs whose full name starts with the prefix. */
  async refs(prefix = "refs/"): Promise<GitRef[]> {
    const text = await mustGit([
      "--git-dir",
      this.path,
      "for-each-ref",
      "--format=%(objectname) %(objecttype) %(refname)",
    ]);
    const refs = text.split("\n").flatMap((line) => {
      const [oid, type, name] = line.split(" ");
      return oid && type && name ? [{ oid, type, name }] : [];
    });
    return refs.filter((ref) => ref.name.startsWith(prefix));
  }

  /** Moves a ref from one value to another; false when it was not at the first any more. Null: it must not exist. */
  async moveRef(name: string, to: string, from: string | null): Promise<boolean> {
    // Git insists that a branch is a commit.
    if (isRefName(name) && isObjectId(to) && (await this.commit(to))) {
      const moved = from ? moveLooseRef(this.path, name, to, from) : createLooseRef(this.path, name, to);
      if (moved !== null) return moved;
    }
    return this.#updateRef(`update ${name} ${to} ${from ?? NONE}\n`, name);
  }

  /** Deletes a ref that is at `from`. */
  async deleteRef(name: string, from: string): Promise<boolean> {
    return this.#updateRef(`delete ${name} ${from}\n`, name);
  }

  async #updateRef(command: string, name: string) {
    if (!isRefName(name)) return false;
    const result = await runGit(["--git-dir", this.path, "update-ref", "--stdin"], { input: command });
    return result.status === 0;
  }

  /** Whether the first commit is the second or one of its ancestors. */
  async isAncestor(older: string, newer: string): Promise<boolean> {
    if (!isObjectId(older) || !isObjectId(newer)) return false;
    // The common case, one commit on top, needs no process.
    if ((await this.commit(newer))?.parents.includes(older)) return true;
    const args = ["--git-dir", this.path, "merge-base", "--is-ancestor", older, newer];
    return (await runGit(args)).status === 0;
  }

  /** Ids of what a push brought, oldest first: all but what the old value reached already. */
  async newCommits(before: string | null, after: string, limit: number): Promise<string[]> {
    const commit = await this.commit(after);
    if (!commit) return [];
    // The common case, one commit on top of the old head, needs no process.
    if (before && commit.parents.length === 1 && commit.parents[0] === before) return [after];
    if (!before) return [after];
    const args = ["--git-dir", this.path, "rev-list", "--reverse", `--max-count=${limit}`, after, `^${before}`, "--"];
    const { stdout } = await runGit(args);
    return stdout.toString().split("\n").filter(isObjectId);
  }

  /** Ids of a commit and its ancestors, newest first. */
  async history(oid: string, wanted: HistoryWish): Promise<string[]> {
    if (!isObjectId(oid)) return [];
    const { limit, skip = 0, path, since, until, authors = [] } = wanted;
    const filters = [
      ...(since ? [`--max-age=${seconds(since)}`] : []),
      ...(until ? [`--min-age=${seconds(until)}`] : []),
      // Any of them; what is looked for is text, not a pattern.
      ...(authors.length > 0 ? ["--fixed-strings"] : []),
      ...authors.map((author) => `--author=<${author}`),
    ];
    const where = path ? ["--", `:(literal)${path}`] : ["--"];
    const counted = [`--max-count=${limit}`, `--skip=${skip}`];
    const text = await mustGit(["--git-dir", this.path, "rev-list", ...counted, ...filters, oid, ...where]);
    return text.split("\n").filter((line) => line !== "");
  }
}

function seconds(time: string) {
  return Math.floor(Date.parse(time) / 1000) || 0;
}
