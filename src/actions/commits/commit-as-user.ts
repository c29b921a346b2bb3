import type { GithubProvider } from "../../config/github-app.ts";
import { Problem } from "../../errors.ts";
import type { AppPermissions } from "../../github/app-installation.ts";
import { type GithubApps, githubApp } from "../../github/github-apps.ts";
import { isCommitId } from "../../github/read-branch.ts";
import { touchAccount } from "../../store/accounts/end-account.ts";
import { type AuditEvent, completeAudit, writeAudit } from "../../store/audit.ts";
import type { ActingIdentity } from "../../store/authority.ts";
import type { Credential } from "../../store/credential.ts";
import { saveAuthor } from "../../store/identities.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { type AuthoriseDeps, type Authorised, authorise, requireUsable } from "../delegations/authorise.ts";
import { namedApp, usualApp } from "../delegations/named-app.ts";
import { requireBoundRepository } from "../passes/require-bound-repository.ts";
import { type ActingDeps, actAs, type WantedAttribution } from "./act-as.ts";
import type { ChangeSet } from "./change-set.ts";
import { type CommitAnswer, storedCommitAnswer } from "./commit-answer.ts";
import { signOffFits, writeMessage } from "./commit-message.ts";
import { commitOnBranch, type GithubDeps, type MadeCommit } from "./commit-on-branch.ts";
import { exactlyOnce, type Once, type Run } from "./exactly-once.ts";
import { parseRepository, requireBranchName } from "./names.ts";
import { openPullRequest, type PullRequestWish } from "./open-pull-request.ts";
import { noreplyAddress, personName } from "./person-name.ts";
import { changesWorkflows, requireUnprotected } from "./protected-paths.ts";
import { type Change, readChanges } from "./read-changes.ts";
import { requester, requesterInWords } from "./requester.ts";

export interface CommitRequest {
  user: string;
  repository: string;
  branch: string;
  base?: string | undefined;
  expectedHead?: string | undefined;
  message: { headline: string; body?: string | undefined };
  changes: Change[];
  attribution: WantedAttribution;
  requireVerified: boolean;
  coAuthors: { name: string; email: string }[];
  creditBot: boolean;
  signOff: boolean;
  requestedBy?: string | undefined;
  runUrl?: string | undefined;
  pullRequest?: PullRequestWish | undefined;
  /** Undefined: the pass's, or the standard App. */
  provider?: GithubProvider | undefined;
}

/** With each App, of which a commit takes the one that it names. */
export type CommitDeps = Omit<AppDeps, "app"> & { apps: GithubApps };
type AppDeps = ActingDeps & GithubDeps & AuthoriseDeps;

export interface Caller {
  credential: Credential;
  requestId: string;
  idempotencyKey: string | undefined;
}

/**
 * Commits as a user: the person becomes the author, GitHub the committer. The audit event is stored as `started`
 * before anything is sent (invariant 6), so with the database away nothing is done in anybody's name.
 * @throws Problem as authorise, readChanges, exactlyOnce, freshToken and commitOnBranch do
 */
export async function commitAsUser(
  allDeps: CommitDeps,
  caller: Caller,
  request: CommitRequest,
): Promise<Once<CommitAnswer>> {
  const repository = parseRepository(request.repository);
  const { branch, base } = request;
  requireBranchName(branch);
  if (base !== undefined && !isCommitId(base)) requireBranchName(base);
  const authorised = await authorise(allDeps, {
    credential: caller.credential,
    user: request.user,
    ...namedApp(request.provider),
    capabilities: request.pullRequest ? ["commit", "pull-request"] : ["commit"],
    target: { repository: request.repository, ref: { branch }, paths: request.changes.map(({ path }) => path) },
  });
  const { provider } = authorised;
  const deps: AppDeps = { ...allDeps, app: githubApp(allDeps, provider) };
  if (request.attribution === "user") requireUsable(deps, authorised.account, provider);
  requireSignOff(deps, authorised, request);
  const changes = readChanges(request.changes, request);
  if (!authorised.capabilities.has("workflows")) requireUnprotected(changes.files.map((file) => file.path));
  let final = true;
  const call = {
    botId: authorised.bot.id,
    key: caller.idempotencyKey,
    // By whichever way the lite App was named. Of the standard one it stands as it was sent, as it always did.
    body: provider === usualApp ? request : { ...request, provider },
    store: (answer: CommitAnswer) =>
      final ? { ...answer, author: answer.attribution === "user" ? null : answer.author } : null,
    restore: (stored: Record<string, unknown>) => {
      const answer = storedCommitAnswer.parse(stored);
      return { ...answer, author: answer.author ?? knownAuthor(authorised.identity) };
    },
    keeps: (problem: Problem) => isFinal(problem, request),
  };
  return exactlyOnce(deps, call, async (run) => {
    const { requestedBy, runUrl } = authorised.pass ?? {};
    const asked = { ...request, requestedBy: requestedBy ?? request.requestedBy, runUrl: runUrl ?? request.runUrl };
    const event = await describe(deps, caller, authorised, asked);
    const answer = await commit(deps, authorised, event, { ...asked, repository, changes, run });
    if (!request.pullRequest) return answer;
    const wish = { ...request.pullRequest, repository, head: branch };
    const opened = await openPullRequest(deps, authorised, event, wish);
    final = !opened.retryable;
    return { ...answer, ...opened.answer };
  });
}

async function commit(
  deps: AppDeps,
  authorised: Authorised,
  event: AuditEvent,
  request: Omit<CommitRequest, "repository" | "changes"> & {
    repository: ReturnType<typeof parseRepository>;
    changes: ChangeSet;
    run: Run;
  },
): Promise<CommitAnswer> {
  const { repository, changes } = request;
  const audit = await writeAudit(deps.database, event, { result: "started" });
  try {
    const permissions: AppPermissions = { contents: "write" };
    if (changesWorkflows(changes.files.map((file) => file.path))) permissions.workflows = "write";
    const errand = { wanted: request.attribution, repository, permissions };
    const { result } = await actAs(deps, authorised, errand, async (token, attribution, reason) => {
      const { identity } = authorised;
      if (!identity) throw new Error("who acts has an identity");
      if (authorised.pass) await requireBoundRepository(deps, token, authorised.pass, repository);
      const acting = { identity, attribution, fallback: reason !== undefined, repository };
      const credits = { ...request, requestedBy: await requesterInWords(deps.database, request.requestedBy) };
      const { message, signedOffEmail } = await writeMessage(deps, token, acting, request.message, credits);
      const mayChangeProtected = authorised.capabilities.has("workflows");
      const who = { attribution, fallbackReason: reason ?? null, personUid: identity.providerUid };
      const made = await commitOnBranch(deps, token, { ...request, ...who, message, mayChangeProtected });
      return { ...made, signedOffEmail };
    });
    const made = toAnswer(authorised, request, result);
    const { attribution, fallback_reason: reason } = made;
    deps.metrics.acted({ action: "commit", attribution, result: "succeeded", reason });
    await settled(deps, audit, () => complete(deps, authorised, audit, made));
    return made;
  } catch (error) {
    const problem = providerProblem(error, namedProvider(deps, authorised.provider));
    const code = problem instanceof Problem ? problem.code : "internal_error";
    const attribution = event.attribution ?? "user";
    deps.metrics.acted({ action: "commit", attribution, result: "failed", reason: code });
    await settled(deps, audit, () => completeAudit(deps.database, audit, { result: "failed", code }));
    throw problem;
  }
}

function toAnswer(
  { identity }: Authorised,
  request: { branch: string; changes: ChangeSet; signOff: boolean },
  made: MadeCommit & { signedOffEmail: string | null },
): CommitAnswer {
  const { commit, attempt, signedOffEmail } = made;
  const { attribution, fallbackReason } = attempt;
  // The git data API names no login, but its author is the token's owner.
  const login = commit.author.login ?? (attribution === "user" ? (identity?.login ?? null) : null);
  return {
    ...commit,
    author: { ...commit.author, login },
    branch: request.branch,
    attribution,
    transport: request.changes.transport,
    ...(fallbackReason ? { fallback_reason: fallbackReason } : {}),
    ...(request.signOff ? { signed_off: attribution === "user" && signOffFits(signedOffEmail, commit) } : {}),
  };
}

/** Completes the audit event, and learns how GitHub names the person now. */
async function complete(
  deps: AppDeps,
  { account, identity }: Authorised,
  audit: string,
  made: CommitAnswer,
): Promise<void> {
  const { oid, transport, attribution, author, fallback_reason = null } = made;
  const used = attribution === "user" ? account : null;
  await Promise.all([
    completeAudit(deps.database, audit, {
      result: "succeeded",
      attribution,
      detail: { oid, transport, fallback_reason },
    }),
    used && touchAccount(deps.database, used.id),
  ]);
  if (attribution !== "user" || !identity) return;
  const { login, name, email } = knownAuthor(identity);
  if (login === author.login && name === author.name && email === author.email) return;
  await saveAuthor(deps.database, identity.id, author);
}

async function describe(
  deps: AppDeps,
  caller: Caller,
  authorised: Authorised,
  request: CommitRequest,
): Promise<AuditEvent> {
  return {
    action: "commit",
    actor: "bot",
    userId: authorised.userId,
    botId: authorised.bot.id,
    identityId: authorised.identity?.id,
    provider: authorised.provider,
    repository: request.repository,
    branch: request.branch,
    attribution: request.attribution === "app" ? "app" : "user",
    passId: authorised.pass?.id ?? null,
    requestedBy: await requester(deps, request.requestedBy),
    runUrl: request.runUrl,
    requestId: caller.requestId,
  };
}

/** A sign-off is the person's own word: only who agreed on /permissions is signed off for. */
function requireSignOff(deps: AppDeps, authorised: Authorised, request: CommitRequest): void {
  if (!request.signOff) return;
  if (request.attribution === "app") {
    throw new Problem("bad_request", '"sign_off" needs the person as author: leave "attribution" out, or "sign_off".');
  }
  if (authorised.signOff) return;
  throw new Problem(
    "delegation_required",
    "The person has not agreed to be signed off for. They do so at the address in action_url.",
    { actionUrl: `${deps.publicUrl}/permissions` },
  );
}

/** What follows from the body and the branch is final; what a person, an operator or time can mend is tried again. */
function isFinal({ code }: Problem, { expectedHead }: CommitRequest): boolean {
  if (code === "head_moved") return expectedHead !== undefined;
  return code === "branch_not_found" || code === "path_missing";
}

function knownAuthor(identity: ActingIdentity | null): CommitAnswer["author"] {
  if (!identity) return { login: null, name: "", email: "" };
  const { login } = identity;
  return { login, name: personName(identity), email: identity.commitEmail ?? noreplyAddress(identity) };
}

/** The commit stands, or doesn't, whatever becomes of its completion: a failure here is logged, not answered. */
async function settled(deps: AppDeps, audit: string, complete: () => Promise<void>): Promise<void> {
  try {
    await complete();
  } catch (error) {
    deps.log.error({ err: error, audit }, "an audit event stays `started`: its completion could not be stored");
  }
}
