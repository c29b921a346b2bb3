import { Problem } from "../errors.ts";
import type { CreatedCommit } from "../github/create-commit.ts";
import { isCommitId } from "../github/read-branch.ts";
import { touchAccount } from "../store/accounts/end-account.ts";
import { completeAudit, writeAudit } from "../store/audit.ts";
import { actWithToken } from "./act-with-token.ts";
import { authorise } from "./authorise.ts";
import { commitOnBranch, type GithubDeps } from "./commit-on-branch.ts";
import { parseRepository, requireBranchName } from "./names.ts";
import { providerProblem } from "./provider-problem.ts";
import { type Change, readChanges } from "./read-changes.ts";
import type { TokenDeps } from "./refreshing.ts";
import { requester } from "./requester.ts";

export interface CommitRequest {
  user: string;
  repository: string;
  branch: string;
  base?: string | undefined;
  expectedHead?: string | undefined;
  message: { headline: string; body?: string | undefined };
  changes: Change[];
  requestedBy?: string | undefined;
  runUrl?: string | undefined;
}

export interface CommitAnswer extends CreatedCommit {
  branch: string;
  attribution: "user";
  transport: "graphql";
}

const provider = "github";

/**
 * Commits as a user: the person becomes the author, GitHub the committer. The audit event is stored as `started`
 * before anything is sent (invariant 6), so with the database away nothing is done in anybody's name.
 * @param caller.keyHash SHA-256 of the bot's key
 * @throws Problem as authorise, readChanges, freshToken and commitOnBranch do
 */
export async function commitAsUser(
  deps: TokenDeps & GithubDeps & { userTokensEnabled: boolean },
  caller: { keyHash: Buffer; requestId: string },
  request: CommitRequest,
): Promise<CommitAnswer> {
  const repository = parseRepository(request.repository);
  const { branch, base } = request;
  requireBranchName(branch);
  if (base !== undefined && !isCommitId(base)) requireBranchName(base);
  const authorised = await authorise(deps, {
    keyHash: caller.keyHash,
    user: request.user,
    provider,
    capability: "commit",
    target: { repository: request.repository, branch },
  });
  const changes = readChanges(request.changes);
  const event = await writeAudit(
    deps.database,
    {
      action: "commit",
      actor: "bot",
      userId: authorised.userId,
      botId: authorised.bot.id,
      identityId: authorised.identity.id,
      provider,
      repository: request.repository,
      branch,
      attribution: "user",
      requestedBy: await requester(deps.database, request.requestedBy),
      runUrl: request.runUrl,
      requestId: caller.requestId,
    },
    { result: "started" },
  );
  try {
    const commit = await actWithToken(deps, authorised.account, (token) =>
      commitOnBranch(deps, token, { ...request, repository, changes }),
    );
    await complete(deps, event, authorised.account.id, { result: "succeeded", detail: { oid: commit.oid } });
    return { ...commit, branch, attribution: "user", transport: "graphql" };
  } catch (error) {
    const problem = providerProblem(error, { name: "GitHub" });
    const code = problem instanceof Problem ? problem.code : "internal_error";
    await complete(deps, event, authorised.account.id, { result: "failed", code });
    throw problem;
  }
}

/** The commit stands, or doesn't, whatever becomes of its completion: a failure here is logged, not answered. */
async function complete(
  deps: TokenDeps,
  event: string,
  accountId: string,
  outcome: Parameters<typeof completeAudit>[2],
): Promise<void> {
  try {
    await completeAudit(deps.database, event, outcome);
    await touchAccount(deps.database, accountId);
  } catch (error) {
    deps.log.error({ err: error, event }, "an audit event stays `started`: its completion could not be stored");
  }
}
