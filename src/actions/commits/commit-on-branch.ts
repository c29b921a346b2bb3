import { setTimeout as sleep } from "node:timers/promises";
import { Problem, type ProblemCode } from "../../errors.ts";
import type { AppInstallation } from "../../github/app-installation.ts";
import { type GithubClient, GraphqlRefusal } from "../../github/client.ts";
import { createCommit } from "../../github/create-commit.ts";
import { createUnsignedCommit } from "../../github/create-unsigned-commit.ts";
import type { CreatedCommit } from "../../github/created-commit.ts";
import { explainRefusal } from "../../github/explain-refusal.ts";
import { findDifference } from "../../github/find-difference.ts";
import { type Branch, isCommitId, type RepositoryName, readBranch } from "../../github/read-branch.ts";
import { createBranch, removeBranch } from "../../github/update-branch.ts";
import type { Log } from "../../log.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import type { Attempt } from "../../store/commits.ts";
import type { BranchLine, LoseRace } from "./branch-line.ts";
import { blobId, type ChangeSet, messageHash, treeHash } from "./change-set.ts";
import type { Run } from "./exactly-once.ts";
import { findLostCommit } from "./find-lost-commit.ts";
import { protectedPlaces } from "./protected-paths.ts";

export interface GithubDeps {
  client: GithubClient;
  app: AppInstallation;
  githubUrl: string;
  log: Log;
  /** Commits to one branch go one after another, instead of racing for its head. */
  branchLine: BranchLine;
}

export interface BranchCommit {
  repository: RepositoryName;
  branch: string;
  /** From where a branch that doesn't exist is created: a branch name or a commit id. */
  base?: string | undefined;
  expectedHead?: string | undefined;
  message: { headline: string; body?: string | undefined };
  changes: ChangeSet;
  /** The bot may change what is protected. */
  mayChangeProtected: boolean;
  /** Whose name it carries, and why not the person's. */
  attribution: "user" | "app";
  fallbackReason: ProblemCode | null;
  /** GitHub's number of the person. */
  personUid: string;
  run: Run;
}

/** A commit that stands, and the attempt that made it: one of an earlier call may have carried another name. */
export interface MadeCommit {
  commit: CreatedCommit;
  attempt: Attempt;
}

/** Without `expected_head`: how often a moved head is read again. */
const retries = 5;
/** How often something is sent again when GitHub's answer is lost. */
const resends = 2;

/**
 * Commits to a branch with one token: one request when the head is known, one more to read it. GitHub commits only on
 * the head that it is told, so sending again on the same head can't make two; and before a commit is sent on another
 * head, one that may have been made on the old head is looked for.
 * @throws Problem `head_moved`, `branch_not_found`, and what {@link explainRefusal} finds; ProviderFailure
 */
export function commitOnBranch(deps: GithubDeps, token: string, commit: BranchCommit): Promise<MadeCommit> {
  const { repository, branch } = commit;
  const line = `${repository.owner}/${repository.name} ${branch}`.toLowerCase();
  return deps.branchLine(line, (loseRace) => commitInTurn(deps, token, commit, loseRace));
}

async function commitInTurn(
  deps: GithubDeps,
  token: string,
  commit: BranchCommit,
  loseRace: LoseRace,
): Promise<MadeCommit> {
  const { expectedHead, run } = commit;
  let branch: Branch | null = null;
  // With a known head the first thing that is sent is the commit; what was lost on another head comes before that. The
  // git data API compares no heads: it moves a branch to whatever descends from it, so there the head is read as well.
  const comparing = commit.changes.transport === "graphql" && run.lost.every((lost) => lost.head === expectedHead);
  let head = comparing ? expectedHead : undefined;
  if (head === undefined) {
    branch = await read(deps, token, commit);
    const found = await findLost(deps, token, commit, branch);
    if (found) return found;
    head = expectHead(commit, branch);
  }
  for (let moved = 0; ; moved++) {
    const start = performance.now();
    try {
      if (branch?.head === null) return await commitOnNewBranch(deps, token, commit, branch);
      return await send(deps, token, commit, head);
    } catch (error) {
      if (!(error instanceof GraphqlRefusal)) throw error;
      const before = branch?.head === null ? null : head;
      branch = await read(deps, token, commit);
      const found = await findLost(deps, token, commit, branch);
      if (found) return found;
      // A replica of GitHub's may be behind: what was stale is stale, whatever is read.
      if (branch.head === before && !isStale(error)) throw await explain(deps, token, commit, error);
      head = expectHead(commit, branch);
      if (moved === retries) throw headMoved(commit, branch.head);
      if (branch.head === null) continue;
      // All losers don't come back together, and who has lost most comes back first.
      const tryMs = performance.now() - start;
      loseRace(tryMs);
      await sleep(Math.random() * tryMs * (1 - (moved + 1) / retries));
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
): Promise<MadeCommit> {
  if (branch.base === null) throw branchNotFound(commit);
  await requireKnownBase(deps, token, commit, branch.base);
  const created = { repositoryId: branch.repositoryId, name: commit.branch, at: branch.base };
  // Sent again, it is refused where it was made; then the branch is read again, and is where it should be.
  await resending(() => createBranch(deps, token, created));
  try {
    return await send(deps, token, commit, branch.base);
  } catch (error) {
    await removeBranch(deps, token, created).catch((removal) =>
      deps.log.warn({ err: removal }, "a branch that was made for a failed commit could not be removed"),
    );
    throw error;
  }
}

/**
 * A commit's id reaches what no branch has, such as a pull request from a fork. On a branch its workflows would run as
 * the repository's own, so they must be those of the default branch.
 */
async function requireKnownBase(deps: GithubDeps, token: string, commit: BranchCommit, oid: string): Promise<void> {
  const { repository, base, mayChangeProtected } = commit;
  if (mayChangeProtected || base === undefined || !isCommitId(base)) return;
  const path = await findDifference(deps, token, { repository, commit: oid, paths: protectedPlaces });
  if (path === null) return;
  throw new Problem(
    "protected_path",
    `The commit in "base" has another "${path}" than the default branch: name a branch, or the person must give the bot the capability "workflows".`,
  );
}

async function send(deps: GithubDeps, token: string, commit: BranchCommit, head: string): Promise<MadeCommit> {
  const { run } = commit;
  const fresh = attemptOn(commit, head);
  const attempt = run.lost.find((lost) => isSame(lost, fresh)) ?? fresh;
  await run.note(attempt);
  const made = await resending(
    () => sendOnce(deps, token, commit, head),
    // GitHub may have committed; from here on a refusal may be of our own doing.
    () => {
      if (!run.lost.includes(attempt)) run.lost.push(attempt);
    },
  );
  return { commit: made, attempt };
}

/** Sends again while the answer is lost: only for what can't be done twice, since it is bound to where a ref stands. */
async function resending<Result>(send: () => Promise<Result>, onLost?: () => void): Promise<Result> {
  for (let resend = 0; ; resend++) {
    try {
      return await send();
    } catch (error) {
      const lost = error instanceof ProviderFailure && (error.kind === "unreachable" || error.kind === "garbled");
      if (!lost) throw error;
      onLost?.();
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
  branch: Branch,
): Promise<MadeCommit | null> {
  const { repository, personUid, run } = commit;
  const from = branch.head;
  if (from === null) return null;
  const paths = commit.changes.files.map((file) => file.path);
  for (const attempt of run.lost.filter(({ head }) => head !== from)) {
    const found = await findLostCommit(deps, token, { repository, from, attempt, paths, personUid });
    if (found) return { commit: found, attempt };
    // A head that is in the branch's past takes no commit any more: what is not there by now never comes.
    run.lost = run.lost.filter((lost) => lost !== attempt);
  }
  return null;
}

function attemptOn(commit: BranchCommit, head: string): Attempt {
  const { attribution, fallbackReason, changes } = commit;
  const entries = changes.files.map(({ path, content }) => ({ path, oid: content && blobId(content) }));
  const message = messageHash(wholeMessage(commit.message));
  return { head, at: new Date().toISOString(), tree: treeHash(entries), message, attribution, fallbackReason };
}

function isSame(one: Attempt, other: Attempt): boolean {
  const names = ["head", "tree", "message", "attribution", "fallbackReason"] as const;
  return names.every((name) => one[name] === other[name]);
}

function isStale(refusal: GraphqlRefusal): boolean {
  return refusal.errors.some(({ type }) => type === "STALE_DATA");
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
