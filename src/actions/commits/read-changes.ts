import { Problem } from "../../errors.ts";
import type { ChangeSet, FileChange, FileMode } from "./change-set.ts";
import { hasControlCharacter } from "./names.ts";

/** One change of a commit, as a bot writes it. */
export interface Change {
  path: string;
  content?: string | undefined;
  content_base64?: string | undefined;
  delete?: true | undefined;
  mode?: FileMode | undefined;
}

/** What GitHub takes through GraphQL, all files together. */
const largestSigned = 40 * 1024 * 1024;
/** What GitHub takes as one blob. */
const largestBlob = 100 * 1024 * 1024;

/**
 * Checks a commit's changes before anything is sent, and chooses the way in which GitHub can take them.
 * @param options.requireVerified only what GitHub signs will do
 * @throws Problem `empty_change`, `invalid_path`, `duplicate_path`, `bad_base64`, `cannot_verify`, `too_large`,
 *   `bad_request`
 */
export function readChanges(changes: readonly Change[], options = { requireVerified: true }): ChangeSet {
  if (changes.length === 0) throw new Problem("empty_change", "The commit changes nothing: give at least one change.");
  for (const { path } of changes) requirePath(path);
  requireDistinct(changes);
  let unsigned: string | null = null;
  let size = 0;
  const files = changes.map((change): FileChange => {
    const { path } = change;
    const mode = change.mode ?? null;
    const content = change.delete ? null : contentOf(change);
    if (content) requireWritable(path, content, mode);
    size += content?.length ?? 0;
    if (content && content.length > largestBlob) {
      throw new Problem("too_large", `"${path}" holds more than 100 MB, the most that GitHub takes as one file.`);
    }
    if (mode === "100755" || mode === "120000") unsigned ??= `"${path}" asks for mode ${mode}, which GitHub can't sign`;
    if (size > largestSigned) unsigned ??= `With "${path}" the commit holds more than 40 MB, which GitHub can't sign`;
    return { path, content, mode };
  });
  if (unsigned !== null && options.requireVerified) {
    throw new Problem("cannot_verify", `${unsigned}: leave it out, or send "require_verified": false.`);
  }
  return { files, transport: unsigned === null ? "graphql" : "git-data" };
}

function contentOf(change: Change): Buffer {
  if (change.content !== undefined) {
    if (!change.content.isWellFormed()) {
      throw new Problem("bad_request", `The content of "${change.path}" is not well-formed text: send content_base64.`);
    }
    return Buffer.from(change.content, "utf8");
  }
  const encoded = change.content_base64 ?? "";
  const bytes = Buffer.from(encoded, "base64");
  // Node ignores what is no base64; only what encodes back to itself was whole and padded (RFC 4648 4).
  if (bytes.toString("base64") !== encoded) {
    throw new Problem("bad_base64", `content_base64 of "${change.path}" is not padded base64 (RFC 4648, section 4).`);
  }
  return bytes;
}

function requirePath(path: string): void {
  const fault = pathFault(path);
  if (fault) throw new Problem("invalid_path", `"${path.slice(0, 200)}" can't be a path in a repository: ${fault}.`);
}

/** Refuses what git takes and no clone can check out: one such file, and the whole branch stays out. */
function requireWritable(path: string, content: Buffer, mode: FileMode | null): void {
  const fault = path.split("/").some((part) => Buffer.byteLength(part) > 255)
    ? "a part of it is longer than 255 bytes, the most that a file system takes"
    : mode === "120000"
      ? linkFault(path, content)
      : null;
  if (fault) throw new Problem("invalid_path", `"${path.slice(0, 200)}" can't be a path in a repository: ${fault}.`);
}

/** Where a link leads is up to who commits it, as with git; but it must be a link. */
function linkFault(path: string, target: Buffer): string | null {
  if (target.length === 0 || target.length > 4095 || target.includes(0)) {
    return "a link's content is the path that it leads to, of 1 to 4095 bytes without a NUL";
  }
  return /(^|\/)\.gitmodules$/.test(plainPath(path)) ? "git takes no link for .gitmodules" : null;
}

function pathFault(path: string): string | null {
  if (path === "") return "it is empty";
  if (Buffer.byteLength(path) > 4096) return "it is longer than 4096 bytes";
  if (!path.isWellFormed()) return "it is not well-formed text";
  if (hasControlCharacter(path)) return "it has a control character";
  if (path.includes("\\")) return "it has a backslash, which some systems read as a separator";
  const parts = path.split("/");
  if (parts.includes("")) return "it starts or ends with a slash, or has two in a row";
  if (parts.includes(".") || parts.includes("..")) return 'it has a "." or ".." part';
  if (hasDotGit(path)) return "it has a .git part";
  return null;
}

/**
 * `.git` in every spelling that some file system takes for it: other case, trailing dots, spaces or streams (NTFS),
 * its short name, and characters that HFS+ ignores. https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreprotectHFS
 */
function hasDotGit(path: string): boolean {
  return /(^|\/)(\.git|git~1)[. ]*(:|\/|$)/.test(plainPath(path));
}

/** Without case, and without the characters that HFS+ ignores. */
function plainPath(path: string): string {
  return path.replaceAll(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "").toLowerCase();
}

/** A path stands once, and nothing is a file and a folder at the same time. What is deleted makes room for either. */
function requireDistinct(changes: readonly Change[]): void {
  const seen = new Set<string>();
  for (const { path } of changes) {
    if (seen.has(path)) throw new Problem("duplicate_path", `"${path.slice(0, 200)}" stands twice in "changes".`);
    seen.add(path);
  }
  // With the separator below every other character, what lies in a folder comes right after the folder's own name.
  const files = changes.filter((change) => !change.delete).map((change) => change.path.replaceAll("/", "\0"));
  files.sort();
  for (const [index, path] of files.entries()) {
    if (!files[index + 1]?.startsWith(`${path}\0`)) continue;
    const folder = path.replaceAll("\0", "/").slice(0, 200);
    throw new Problem(
      "duplicate_path",
      `"${folder}" is a file in "changes", and another path needs it to be a folder.`,
    );
  }
}
