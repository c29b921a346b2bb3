import type { ParsedCommit } from "./commit-object.ts";
import type { SigningKey } from "./signing-key.ts";

/** Whether the commit carries a signature of GitHub's that fits what it says. */
export function isSignedByGitHub(key: SigningKey, commit: ParsedCommit): boolean {
  return commit.signature !== null && key.verify(commit.payload, commit.signature);
}
