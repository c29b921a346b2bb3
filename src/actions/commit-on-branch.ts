import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../errors.ts";
import type { AppToken } from "../github/app-token.ts";
import { type GithubClient, GraphqlRefusal } from "../github/client.ts";
import { type CreatedCommit, createCommit, type FileChanges } from "../github/create-commit.ts";
import { explainRefusal } from "../github/explain-refusal.ts";
import { type Branch, type RepositoryName, readBranch } from "../github/read-branch.ts";
import { createBranch, removeBranch } from "../github/update-branch.ts";
import type { Log } from "../log.ts";

export interface GithubDeps {
  client: GithubClient;
  appToken: AppToken;
  githubUrl: string;
  log: Log;
}

export interface BranchCommit {
  repository: RepositoryName;
  branch: string;
  /** From where a branch that doesn't exist is created: a branch name or a commit id. */
  base?: string | undefined;
  expectedHead?: string | undefined;
  message: { headline: string; body?: string | undefined };
  changes: FileChanges;
}

/** Without `expected_head`: how often a moved head is read again. */
const retries = 5;

/**
 * Commits to a branch with one person's token: one request when the head is known, one more to read it.
 * @throws Problem `head_moved`, `branch_not_found`, and what {@link explainRefusal} finds
 */
export async function commitOnBranch(deps: GithubDeps, token: string, commit: BranchCommit): Promise<CreatedCommit> {
  if (commit.expectedHead) {
    try {
      return await createCommit(deps, token, { ...commit, expectedHead: commit.expectedHead });
    } catch (error) {
      if (!(error instanceof GraphqlRefusal)) throw error;
      // The branch may have moved, or not be there yet. Anything else is explained below.
      return commitAfterRefusal(deps, token, { ...commit, expectedHead: commit.expectedHead }, error);
    }
  }
  for (let attempt = 0; ; attempt++) {
    const branch = await read(deps, token, commit);
    try {
      if (branch.head === null) return await commitOnNewBranch(deps, token, commit, branch);
      return await createCommit(deps, token, { ...commit, expectedHead: branch.head });
    } catch (error) {
      if (!(error instanceof GraphqlRefusal)) throw error;
      const now = await read(deps, token, commit);
      if (now.head === branch.head) throw await explain(deps, token, commit, error);
      if (attempt === retries) throw headMoved(commit, now.head);
      // Everybody who lost the same race would otherwise come back at once.
      await sleep(Math.random() * 50 * 2 ** attempt);
    }
  }
}

async function commitAfterRefusal(
  deps: GithubDeps,
  token: string,
  commit: BranchCommit & { expectedHead: string },
  refusal: GraphqlRefusal,
): Promise<CreatedCommit> {
  const branch = await read(deps, token, commit);
  if (branch.head !== null) {
    if (branch.head !== commit.expectedHead) throw headMoved(commit, branch.head);
    throw await explain(deps, token, commit, refusal);
  }
  if (commit.base && branch.base !== null && branch.base !== commit.expectedHead) throw headMoved(commit, branch.base);
  try {
    return await commitOnNewBranch(deps, token, commit, branch);
  } catch (error) {
    if (!(error instanceof GraphqlRefusal)) throw error;
    const now = await read(deps, token, commit);
    if (now.head === null) throw await explain(deps, token, commit, error);
    if (now.head !== commit.expectedHead) throw headMoved(commit, now.head);
  }
  // Somebody else made the branch meanwhile, at the very commit that is expected.
  try {
    return await createCommit(deps, token, commit);
  } catch (error) {
    if (!(error instanceof GraphqlRefusal)) throw error;
    const now = await read(deps, token, commit);
    if (now.head !== null && now.head !== commit.expectedHead) throw headMoved(commit, now.head);
    throw await explain(deps, token, commit, error);
  }
}

/** Creates the branch, commits, and takes the branch away again if that failed and nobody has moved it. */
async function commitOnNewBranch(
  deps: GithubDeps,
  token: string,
  commit: BranchCommit,
  branch: Branch,
): Promise<CreatedCommit> {
  if (branch.base === null) throw branchNotFound(commit);
  const created = { repositoryId: branch.repositoryId, name: commit.branch, at: branch.base };
  await createBranch(deps, token, created);
  try {
    return await createCommit(deps, token, { ...commit, expectedHead: branch.base });
  } catch (error) {
    await removeBranch(deps, token, created).catch((removal) =>
      deps.log.warn({ err: removal }, "a branch that was made for a failed commit could not be removed"),
    );
    throw error;
  }
}

async function read(deps: GithubDeps, token: string, commit: BranchCommit): Promise<Branch> {
  try {
    return await readBranch(deps, token, commit);
  } catch (error) {
    if (!(error instanceof GraphqlRefusal)) throw error;
    throw await explain(deps, token, commit, error);
  }
}

function explain(deps: GithubDeps, token: string, commit: BranchCommit, refusal: GraphqlRefusal): Promise<Problem> {
  return explainRefusal(deps, token, refusal, { ...commit, webUrl: deps.githubUrl });
}

function headMoved(commit: BranchCommit, head: string | null): Problem {
  return new Problem(
    "head_moved",
    `"${commit.branch}" is not where it was: read the head in "head", apply the change to it, and send it again.`,
    head === null ? {} : { head },
  );
}

function branchNotFound(commit: BranchCommit): Problem {
  const { owner, name } = commit.repository;
  const sentence = commit.base
    ? `${owner}/${name} has no branch "${commit.branch}", and its base "${commit.base}" is neither a branch nor a commit there.`
    : `${owner}/${name} has no branch "${commit.branch}": give "base" (a branch or a commit) to create it from.`;
  return new Problem("branch_not_found", sentence);
}
