import { createHash } from "node:crypto";

/** `100644` plain, `100755` executable, `120000` a symbolic link whose content is its target. */
export type FileMode = "100644" | "100755" | "120000";

/** One file of a commit, checked. */
export interface FileChange {
  path: string;
  /** Null: deleted. */
  content: Buffer | null;
  /** Null: what the file has, else plain. */
  mode: FileMode | null;
}

export interface ChangeSet {
  files: FileChange[];
  /** `git-data` for what GraphQL can't express; GitHub does not sign such a commit. */
  transport: "graphql" | "git-data";
}

/** The id that git gives to a file's content. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
export function blobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** What a commit leaves at the paths that it changes, in one value: it recognises a commit whose answer was lost. */
export function treeHash(entries: readonly { path: string; oid: string | null }[]): string {
  const sorted = entries.map(({ path, oid }) => [path, oid]).sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}

/** A commit's message in one value. Which white space GitHub tidies up is nowhere written, so none of it counts. */
export function messageHash(message: string): string {
  return createHash("sha256").update(message.replaceAll(/\s+/g, " ").trim()).digest("hex");
}
