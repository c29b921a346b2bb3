import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../errors.ts";
import type { AppInstallation } from "../github/app-installation.ts";
import { type GithubClient, GraphqlRefusal } from "../github/client.ts";
import { createCommit } from "../github/create-commit.ts";
import { createUnsignedCommit } from "../github/create-unsigned-commit.ts";
import type { CreatedCommit } from "../github/created-commit.ts";
import { explainRefusal } from "../github/explain-refusal.ts";
import { type Branch, type RepositoryName, readBranch } from "../github/read-branch.ts";
import { createBranch, removeBranch } from "../github/update-branch.ts";
import type { Log } from "../log.ts";
import { ProviderFailure } from "../providers/failure.ts";
import type { Attempt } from "../store/commits.ts";
import { blobId, type ChangeSet, messageHash, treeHash } from "./change-set.ts";
import { findLostCommit } from "./find-lost-commit.ts";
import type { OneAtATime } from "./one-at-a-time.ts";

export interface GithubDeps {
  client: GithubClient;
  app: AppInstallation;
  githubUrl: string;
  log: Log;
  /** Commits to one branch go one after another here, instead of racing for its head. */
  oneAtATime: OneAtATime;
}

export interface BranchCommit {
  repository: RepositoryName;
  branch: string;
  /** From where a branch that doesn't exist is created: a branch name or a commit id. */
  base?: string | undefined;
  expectedHead?: string | undefined;
  message: { headline: string; body?: string | undefined };
  changes: ChangeSet;
  /** An attempt of an earlier call, which may have been made without its answer reaching anybody. */
  lost: Attempt | null;
  /** Writes down what is about to be sent. */
  note(attempt: Attempt): Promise<void>;
}

/** Without `expected_head`: how often a moved head is read again. */
const retries = 5;
/** How often a commit is sent again on the same head when GitHub's answer is lost. The head makes that harmless. */
const resends = 2;

/**
 * Commits to a branch with one token: one request when the head is known, one more to read it. GitHub commits only on
 * the head that it is told, so sending again on the same head can't make two; and before a commit is sent on another
 * head, one that may have been made on the old head is looked for.
 * @throws Problem `head_moved`, `branch_not_found`, and what {@link explainRefusal} finds; ProviderFailure
 */
export async function commitOnBranch(deps: GithubDeps, token: string, commit: BranchCommit): Promise<CreatedCommit> {
  const state: { lost: Attempt | null } = { lost: commit.lost };
  // With a known head the first thing that is sent is the commit; a lost attempt on another head comes before that.
  let head =
    commit.expectedHead && (!state.lost || state.lost.head === commit.expectedHead) ? commit.expectedHead : null;
  for (let moved = 0; ; ) {
    let branch: Branch | null = null;
    if (head === null) {
      branch = await read(deps, token, commit);
      const found = await findLost(deps, token, commit, state, branch);
      if (found) return found;
      head = expectHead(commit, branch);
    }
    try {
      if (branch?.head === null) return await commitOnNewBranch(deps, token, commit, branch, state);
      return await send(deps, token, commit, head, state);
    } catch (error) {
      if (!(error instanceof GraphqlRefusal)) throw error;
      const now = await read(deps, token, commit);
      const found = await findLost(deps, token, commit, state, now);
      if (found) return found;
      const before = branch?.head === null ? null : head;
      if (now.head === before) throw await explain(deps, token, commit, error);
      if (now.head !== null && commit.expectedHead && commit.expectedHead !== now.head) {
        throw headMoved(commit, now.head);
      }
      if (now.head === null && !commit.base) throw branchNotFound(commit);
      if (moved++ === retries) throw headMoved(commit, now.head);
      // Everybody who lost the same race would otherwise come back at once.
      if (now.head !== null) await sleep(Math.random() * 50 * 2 ** moved);
      head = null;
    }
  }
}

/** The head to commit on: the branch's, or that of the base from which it will be created. */
function expectHead(commit: BranchCommit, branch: Branch): string {
  const head = branch.head ?? branch.base;
  if (head === null) throw branchNotFound(commit);
  if (commit.expectedHead && commit.expectedHead !== head) throw headMoved(commit, head);
  return head;
}

/** Creates the branch, commits, and takes the branch away again if that failed and nobody has moved it. */
async function commitOnNewBranch(
  deps: GithubDeps,
  token: string,
  commit: BranchCommit,
  branch: Branch,
  state: { lost: Attempt | null },
): Promise<CreatedCommit> {
  if (branch.base === null) throw branchNotFound(commit);
  const created = { repositoryId: branch.repositoryId, name: commit.branch, at: branch.base };
  await createBranch(deps, token, created);
  try {
    return await send(deps, token, commit, branch.base, state);
  } catch (error) {
    await removeBranch(deps, token, created).catch((removal) =>
      deps.log.warn({ err: removal }, "a branch that was made for a failed commit could not be removed"),
    );
    throw error;
  }
}

async function send(
  deps: GithubDeps,
  token: string,
  commit: BranchCommit,
  head: string,
  state: { lost: Attempt | null },
): Promise<CreatedCommit> {
  const attempt = attemptOn(commit, head);
  await commit.note(attempt);
  for (let resend = 0; ; resend++) {
    try {
      return await sendOnce(deps, token, commit, head);
    } catch (error) {
      const lost = error instanceof ProviderFailure && (error.kind === "unreachable" || error.kind === "garbled");
      if (!lost) throw error;
      // GitHub may have committed; from here on a refusal may be of our own doing.
      state.lost = attempt;
      if (resend === resends) throw error;
      await sleep(200 * 2 ** resend);
    }
  }
}

function sendOnce(deps: GithubDeps, token: string, commit: BranchCommit, head: string): Promise<CreatedCommit> {
  const { repository, branch, message, changes } = commit;
  const common = { repository, branch, expectedHead: head };
  if (changes.transport === "git-data") {
    return createUnsignedCommit(deps, token, { ...common, message: wholeMessage(message), files: changes.files });
  }
  const additions = changes.files.flatMap(({ path, content }) =>
    content ? [{ path, contents: content.toString("base64") }] : [],
  );
  const deletions = changes.files.flatMap(({ path, content }) => (content ? [] : [{ path }]));
  return createCommit(deps, token, { ...common, message, changes: { additions, deletions } });
}

async function findLost(
  deps: GithubDeps,
  token: string,
  commit: BranchCommit,
  state: { lost: Attempt | null },
  branch: Branch,
): Promise<CreatedCommit | null> {
  const attempt = state.lost;
  if (!attempt || branch.head === null || branch.head === attempt.head) return null;
  const paths = commit.changes.files.map((file) => file.path);
  const search = { repository: commit.repository, from: branch.head, attempt, paths };
  const found = await findLostCommit(deps, token, search);
  // A head that is in the branch's past takes no commit any more: what is not there by now never comes.
  if (!found) state.lost = null;
  return found;
}

function attemptOn(commit: BranchCommit, head: string): Attempt {
  const entries = commit.changes.files.map(({ path, content }) => ({ path, oid: content && blobId(content) }));
  return { head, treeHash: treeHash(entries), messageHash: messageHash(wholeMessage(commit.message)) };
}

function wholeMessage(message: BranchCommit["message"]): string {
  return message.body ? `${message.headline}\n\n${message.body}` : message.headline;
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
