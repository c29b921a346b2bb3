import type { BareRepository } from "../git/bare-repository.ts";
import { mustGit, runGit } from "../git/run-git.ts";

export interface Comparison {
  /** Newest first. */
  commits: string[];
  additions: number;
  deletions: number;
  changedFiles: number;
}

/** What a branch has since it left another: both at GitHub's three dots. */
export async function compareBranches(git: BareRepository, base: string, head: string): Promise<Comparison> {
  const [baseRef, headRef] = await Promise.all([base, head].map((branch) => git.ref(`refs/heads/${branch}`)));
  const nothing = { commits: [], additions: 0, deletions: 0, changedFiles: 0 };
  if (!baseRef || !headRef) return nothing;
  const listed = await mustGit(["--git-dir", git.path, "rev-list", headRef.oid, `^${baseRef.oid}`, "--"]);
  const commits = listed.split("\n").filter((line) => line !== "");
  // Fails where the two have no commit in common: then there is nothing to compare.
  const { stdout } = await runGit([
    "--git-dir",
    git.path,
    "diff",
    "--numstat",
    `${baseRef.oid}...${headRef.oid}`,
    "--",
  ]);
  const files = stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "");
  // A binary file's lines are counted as "-".
  const sum = (column: number) => files.reduce((all, line) => all + (Number(line.split("\t")[column]) || 0), 0);
  return { commits, additions: sum(0), deletions: sum(1), changedFiles: files.length };
}
