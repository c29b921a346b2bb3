import { Problem } from "../errors.ts";
import type { AppPermissions } from "../github/app-installation.ts";
import { isCommitId } from "../github/read-branch.ts";
import { touchAccount } from "../store/accounts/end-account.ts";
import { type AuditEvent, completeAudit, writeAudit } from "../store/audit.ts";
import { saveCommitEmail } from "../store/identities.ts";
import { type ActingDeps, actAs, type WantedAttribution } from "./act-as.ts";
import { type Authorised, authorise, requireUsable } from "./authorise.ts";
import type { ChangeSet } from "./change-set.ts";
import { type CommitAnswer, storedCommitAnswer } from "./commit-answer.ts";
import { signOffFits, writeMessage } from "./commit-message.ts";
import { commitOnBranch, type GithubDeps } from "./commit-on-branch.ts";
import { exactlyOnce, type Once, type Run } from "./exactly-once.ts";
import { parseRepository, requireBranchName } from "./names.ts";
import { openPullRequest, type PullRequestWish } from "./open-pull-request.ts";
import { noreplyAddress, personName } from "./person-name.ts";
import { requireUnprotected } from "./protected-paths.ts";
import { providerProblem } from "./provider-problem.ts";
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
}

export type CommitDeps = ActingDeps & GithubDeps;

export interface Caller {
  /** SHA-256 of the bot's key. */
  keyHash: Buffer;
  requestId: string;
  idempotencyKey: string | undefined;
}

const provider = "github";

/**
 * Commits as a user: the person becomes the author, GitHub the committer. The audit event is stored as `started`
 * before anything is sent (invariant 6), so with the database away nothing is done in anybody's name.
 * @throws Problem as authorise, readChanges, exactlyOnce, freshToken and commitOnBranch do
 */
export async function commitAsUser(
  deps: CommitDeps,
  caller: Caller,
  request: CommitRequest,
): Promise<Once<CommitAnswer>> {
  const repository = parseRepository(request.repository);
  const { branch, base } = request;
  requireBranchName(branch);
  if (base !== undefined && !isCommitId(base)) requireBranchName(base);
  const authorised = await authorise(deps, {
    keyHash: caller.keyHash,
    user: request.user,
    provider,
    capabilities: request.pullRequest ? ["commit", "pull-request"] : ["commit"],
    target: { repository: request.repository, branch },
  });
  if (request.attribution === "user") requireUsable(deps, authorised.account, provider);
  requireSignOff(deps, authorised, request);
  const changes = readChanges(request.changes, request);
  if (!authorised.capabilities.has("workflows")) requireUnprotected(changes.files.map((file) => file.path));
  let final = true;
  const call = {
    botId: authorised.bot.id,
    key: caller.idempotencyKey,
    body: request,
    store: (answer: CommitAnswer) =>
      final ? { ...answer, author: answer.attribution === "user" ? null : answer.author } : null,
    restore: (stored: Record<string, unknown>) => {
      const answer = storedCommitAnswer.parse(stored);
      return { ...answer, author: answer.author ?? knownAuthor(authorised) };
    },
  };
  return exactlyOnce(deps, call, async (run) => {
    const event = await describe(deps, caller, authorised, request);
    const answer = await commit(deps, authorised, event, { ...request, repository, changes, run });
    if (!request.pullRequest) return answer;
    const wish = { ...request.pullRequest, repository, head: branch };
    const opened = await openPullRequest(deps, authorised, event, wish);
    final = !opened.retryable;
    return { ...answer, ...opened.answer };
  });
}

async function commit(
  deps: CommitDeps,
  authorised: Authorised,
  event: AuditEvent,
  request: Omit<CommitRequest, "repository" | "changes"> & {
    repository: ReturnType<typeof parseRepository>;
    changes: ChangeSet;
    run: Run;
  },
): Promise<CommitAnswer> {
  const { repository, changes, branch, run } = request;
  const audit = await writeAudit(deps.database, event, { result: "started" });
  try {
    const permissions: AppPermissions = { contents: "write" };
    if (authorised.capabilities.has("workflows")) permissions.workflows = "write";
    const errand = { wanted: request.attribution, repository, permissions };
    const acted = await actAs(deps, authorised, errand, async (token, attribution, fallbackReason) => {
      if (!authorised.identity) throw new Error("who acts has an identity");
      const acting = { identity: authorised.identity, attribution, fallback: fallbackReason !== undefined, repository };
      const credits = { ...request, requestedBy: await requesterInWords(deps.database, request.requestedBy) };
      const { message, signedOffEmail } = await writeMessage(deps, token, acting, request.message, credits);
      const made = await deps.oneAtATime(`${repository.owner}/${repository.name} ${branch}`.toLowerCase(), () =>
        commitOnBranch(deps, token, { ...request, message, ...run }),
      );
      return { made, signedOff: signOffFits(signedOffEmail, made) };
    });
    const { result, attribution, fallbackReason } = acted;
    const { made, signedOff } = result;
    await settled(deps, audit, async () => {
      const detail = { oid: made.oid, transport: changes.transport, fallback_reason: fallbackReason ?? null };
      await completeAudit(deps.database, audit, { result: "succeeded", attribution, detail });
      if (authorised.account) await touchAccount(deps.database, authorised.account.id);
      if (attribution === "user" && authorised.identity && authorised.identity.commitEmail !== made.author.email) {
        await saveCommitEmail(deps.database, authorised.identity.id, made.author.email);
      }
    });
    return {
      ...made,
      branch,
      attribution,
      transport: changes.transport,
      ...(fallbackReason ? { fallback_reason: fallbackReason } : {}),
      ...(signedOff === undefined ? {} : { signed_off: signedOff }),
    };
  } catch (error) {
    const problem = providerProblem(error, { name: "GitHub" });
    const code = problem instanceof Problem ? problem.code : "internal_error";
    await settled(deps, audit, () => completeAudit(deps.database, audit, { result: "failed", code }));
    throw problem;
  }
}

async function describe(
  deps: CommitDeps,
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
    provider,
    repository: request.repository,
    branch: request.branch,
    attribution: request.attribution === "app" ? "app" : "user",
    requestedBy: await requester(deps.database, request.requestedBy),
    runUrl: request.runUrl,
    requestId: caller.requestId,
  };
}

/** A sign-off is the person's own word: only who agreed on /permissions is signed off for. */
function requireSignOff(deps: CommitDeps, authorised: Authorised, request: CommitRequest): void {
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

function knownAuthor({ identity }: Authorised): CommitAnswer["author"] {
  if (!identity) return { login: null, name: "", email: "" };
  const { login } = identity;
  return { login, name: personName(identity), email: identity.commitEmail ?? noreplyAddress(identity) };
}

/** The commit stands, or doesn't, whatever becomes of its completion: a failure here is logged, not answered. */
async function settled(deps: CommitDeps, audit: string, complete: () => Promise<void>): Promise<void> {
  try {
    await complete();
  } catch (error) {
    deps.log.error({ err: error, audit }, "an audit event stays `started`: its completion could not be stored");
  }
}
