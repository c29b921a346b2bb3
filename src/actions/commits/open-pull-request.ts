import { Problem } from "../../errors.ts";
import { ensurePullRequest, readDefaultBranch } from "../../github/pull-requests.ts";
import type { RepositoryName } from "../../github/read-branch.ts";
import { type AuditEvent, completeAudit, writeAudit } from "../../store/audit.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import type { Authorised } from "../delegations/authorise.ts";
import { type ActingDeps, actAs, type WantedAttribution } from "./act-as.ts";
import type { CommitAnswer } from "./commit-answer.ts";

export interface PullRequestWish {
  title: string;
  body?: string | undefined;
  base?: string | undefined;
  draft?: boolean | undefined;
  attribution: WantedAttribution;
}

/**
 * Opens a pull request for a branch, by its own attribution, or finds the one that is open for the same head and base.
 * The commit stands by then, so whatever goes wrong is part of the answer.
 * @returns what to answer, and whether the same call may come out better next time
 */
export async function openPullRequest(
  deps: ActingDeps,
  authorised: Authorised,
  event: AuditEvent,
  wish: PullRequestWish & { repository: RepositoryName; head: string },
): Promise<{ answer: Pick<CommitAnswer, "pull_request" | "pull_request_error">; retryable: boolean }> {
  const { repository, head, title, body, draft } = wish;
  let audit: string | null = null;
  try {
    const asked = wish.attribution === "app" ? "app" : "user";
    const opening = { ...event, action: "pull_request", attribution: asked } as const;
    audit = await writeAudit(deps.database, opening, { result: "started" });
    const errand = { wanted: wish.attribution, repository, permissions: { pull_requests: "write" } } as const;
    const acted = await actAs(deps, authorised, errand, async (token) => {
      const base = wish.base ?? (await readDefaultBranch(deps, token, repository));
      return ensurePullRequest(deps, token, { repository, head, base, title, body, draft });
    });
    const { result, attribution, fallbackReason } = acted;
    deps.metrics.acted({ action: "pull_request", attribution, result: "succeeded", reason: fallbackReason });
    await completeAudit(deps.database, audit, {
      result: "succeeded",
      attribution,
      detail: { number: result.number, created: result.created, fallback_reason: fallbackReason ?? null },
    });
    const reason = fallbackReason ? { fallback_reason: fallbackReason } : {};
    return { answer: { pull_request: { ...result, attribution, ...reason } }, retryable: false };
  } catch (error) {
    const problem = providerProblem(error, namedProvider(deps, authorised.provider));
    const known = problem instanceof Problem ? problem : new Problem("internal_error", "onbehalf failed; see its log.");
    if (known !== problem) deps.log.error({ err: error }, "a pull request failed in a way that nobody expected");
    const attribution = wish.attribution === "app" ? "app" : "user";
    deps.metrics.acted({ action: "pull_request", attribution, result: "failed", reason: known.code });
    if (audit) {
      await completeAudit(deps.database, audit, { result: "failed", code: known.code }).catch((failure) =>
        deps.log.error({ err: failure, audit }, "an audit event stays `started`: its completion could not be stored"),
      );
    }
    // What GitHub has against it follows from the request; all else a person, an operator or time can mend.
    const retryable = known.code !== "bad_request";
    return { answer: { pull_request_error: { code: known.code, detail: known.message } }, retryable };
  }
}
