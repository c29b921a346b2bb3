import { redact } from "../redact.ts";

/**
 * How a run of git failed:
 * - `unauthorized`: the credential was not accepted.
 * - `not_found`: there is no such repository for it, or it has moved.
 * - `throttled`, `unreachable`: the server, just now.
 * - `empty`: the repository has no branch that HEAD leads to.
 * - `garbled`: what the server sent is no sound git data.
 * - `too_large`: the mirror would outgrow its limit.
 * - `timed_out`, `stopped`: ended by us.
 * - `local`: our own folder, disk or program.
 */
export type GitFailureKind =
  | "unauthorized"
  | "not_found"
  | "throttled"
  | "unreachable"
  | "empty"
  | "garbled"
  | "too_large"
  | "timed_out"
  | "stopped"
  | "local";

export class GitFailure extends Error {
  readonly kind: GitFailureKind;

  constructor(kind: GitFailureKind, message: string, options: { cause?: unknown } = {}) {
    super(redact(message), options);
    this.name = "GitFailure";
    this.kind = kind;
  }
}

/** What git says in English, which `LC_ALL=C` makes it speak; what is none of these is ours. */
const says: [RegExp, GitFailureKind][] = [
  [/could not read (?:Username|Password)|Authentication failed|returned error: 401/i, "unauthorized"],
  [/couldn't find remote ref HEAD/i, "empty"],
  [/returned error: 429/i, "throttled"],
  [/returned error: (?:3\d\d|403|404|410|451)|repository '.*' not found|unable to update url base/i, "not_found"],
  [
    /fsck|error in object|invalid index-pack output|unpack-objects failed|bad pack|pack has bad|SHA1 COLLISION/i,
    "garbled",
  ],
  [
    /No space left|Permission denied|Read-only file system|unable to create|cannot lock ref|not a git repository/i,
    "local",
  ],
  [
    /protocol error|bad line length|invalid server response|expected (?:flush|packfile|service)|not valid: is this a git/i,
    "garbled",
  ],
  [
    /returned error: 5\d\d|Could not resolve|Failed to connect|Connection (?:refused|reset|timed out)|Operation too slow|SSL|gnutls|RPC failed|early EOF|hung up unexpectedly|Empty reply|unable to access|transfer closed/i,
    "unreachable",
  ],
];

/** What a failed run of git means, by what it wrote. */
export function explainGit(stderr: string): GitFailure {
  const [, kind] = says.find(([pattern]) => pattern.test(stderr)) ?? [null, "local" as const];
  return new GitFailure(kind, `git failed: ${stderr.trim().slice(-1_000)}`);
}
