import { Problem, type ProblemCode } from "../../errors.ts";
import { GitFailure } from "../../git/git-failure.ts";
import { githubApp } from "../../github/github-apps.ts";
import { readRepository } from "../../github/read-repository.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { completeAudit, writeAudit } from "../../store/audit.ts";
import { renameRepository } from "../../store/repositories.ts";
import { type ClaimedRepository, endSyncLease, type RunEnd } from "../../store/sync-leases.ts";
import { readSyncingPerson } from "../../store/syncing-person.ts";
import { finishSync, startSync } from "../../store/syncs.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { noteSingleSignOn } from "../accounts/note-single-sign-on.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { parseRepository } from "../commits/names.ts";
import { requireUsable } from "../delegations/authorise.ts";
import { gitProblem } from "./git-problem.ts";
import { type HeldRepository, holdRepository } from "./hold-repository.ts";
import { mayBeSyncedAs } from "./may-be-synced-as.ts";
import type { SyncDeps } from "./sync-deps.ts";

/** Why the person's authorisation can't be used for this repository. What passes by itself is waited for instead. */
const fallbackReasons: readonly ProblemCode[] = [
  "user_not_found",
  "user_tokens_disabled",
  "not_connected",
  "account_revoked",
  "account_suspect",
  "provider_rejected",
  "sso_required",
  "repository_not_found",
];

/** What the next push, request or turn does not find changed sooner than a try of our own does. */
const passing: readonly ProblemCode[] = [
  "provider_unavailable",
  "rate_limited",
  "refresh_in_progress",
  "account_suspect",
  "provider_garbled",
  "provider_rejected",
  "database_unavailable",
  "internal_error",
];

interface Outcome {
  attribution: "user" | "app";
  fallbackReason: ProblemCode | null;
}

/**
 * Brings a claimed repository's mirror up to date with the authorisation of the user whom it is synced by, or with the
 * app's where there is none or it can't be used: which of them, and why, stands in the run and in the audit log, whose
 * event is stored before anything is sent (invariant 6).
 * @param stopping this process stops: the run is handed over
 */
export async function syncRepository(deps: SyncDeps, claim: ClaimedRepository, stopping: AbortSignal): Promise<void> {
  const { database, log } = deps;
  const account = await usableAccount(deps, claim);
  const held = holdRepository(deps, claim, stopping);
  const begun: Outcome = account instanceof Problem || account === null ? asAppSince(account) : asUser;
  const identity = account instanceof Problem || account === null ? null : account;
  const whose = { userId: identity?.userId ?? null, identityId: identity?.identityId ?? null };
  try {
    const auditId = await writeAudit(
      database,
      {
        action: "sync",
        actor: "system",
        ...whose,
        provider: claim.provider,
        repository: claim.name,
        attribution: begun.attribution,
        detail: { repository_id: claim.id, reason: claim.reason },
      },
      { result: "started" },
    );
    const run = await startSync(database, { repositoryId: claim.id, ...claim, ...begun, ...whose, auditId });
    let outcome = begun;
    const finish = async (result: "succeeded" | "failed", code: string | null, end: RunEnd) => {
      await finishSync(database, { id: run, ...outcome, result, code });
      await completeAudit(database, auditId, {
        result,
        ...(code === null ? {} : { code }),
        attribution: outcome.attribution,
        ...(outcome.fallbackReason === null ? {} : { detail: { fallback_reason: outcome.fallbackReason } }),
      });
      await endSyncLease(database, claim, end);
    };
    try {
      outcome = await mirror(deps, claim, held, account, (changed) => {
        outcome = changed;
      });
    } catch (error) {
      if (error instanceof GitFailure) return await finish("failed", "interrupted", { kind: "handed over" });
      const problem = providerProblem(error, namedProvider(deps, claim.provider));
      const { code, retryAfter = 0 } =
        problem instanceof Problem ? problem : new Problem("internal_error", "The sync failed.", { cause: problem });
      const level = code === "internal_error" || code === "cannot_unseal" ? "error" : "warn";
      log[level]({ err: problem, repository: claim.id, code, ...outcome }, "a repository could not be synced");
      const later: RunEnd = { kind: "failed for now", afterSeconds: retryAfter };
      return await finish("failed", code, passing.includes(code) ? later : { kind: "failed" });
    }
    if (outcome.fallbackReason) log.warn({ repository: claim.id, ...outcome }, "a repository was synced as the app");
    await finish("succeeded", null, { kind: "done" });
  } finally {
    held.release();
  }
}

const asUser: Outcome = { attribution: "user", fallbackReason: null };

function asAppSince(reason: Problem | null): Outcome {
  return { attribution: "app", fallbackReason: reason?.code ?? null };
}

/** The account to sync with; a Problem: why it can't be used; null: none is wanted. */
async function usableAccount(deps: SyncDeps, claim: ClaimedRepository): Promise<HeldAccount | Problem | null> {
  const gone = new Problem("user_not_found", "The user whom it was synced by is not active any more.");
  const { provider, syncedByUserId: userId } = claim;
  if (userId === null) return claim.syncedByEnded ? gone : null;
  const person = await readSyncingPerson(deps.database, { userId, provider });
  if (!person?.active) return gone;
  if (claim.needsDelegation && !(await mayBeSyncedAs(deps, { userId, provider, repository: claim.name }))) {
    return new Problem("delegation_required", "The user whom it was synced by lets no bot read it any more.");
  }
  try {
    return requireUsable(deps, person.account, provider);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** @param changed told when the app takes the person's place, before it does */
async function mirror(
  deps: SyncDeps,
  claim: ClaimedRepository,
  held: HeldRepository,
  account: HeldAccount | Problem | null,
  changed: (outcome: Outcome) => void,
): Promise<Outcome> {
  let reason = account instanceof Problem ? account : null;
  if (account && !(account instanceof Problem)) {
    held.onlyWhileLive(account);
    const { owner } = parseRepository(claim.name);
    try {
      await actWithToken(deps, account, (token) =>
        noteSingleSignOn(deps, account, { token, owner }, () => mirrorWith(deps, claim, held, token)),
      );
      return asUser;
    } catch (error) {
      const problem = providerProblem(error, namedProvider(deps, claim.provider));
      if (!(problem instanceof Problem) || !fallbackReasons.includes(problem.code)) throw problem;
      reason = problem;
    }
  }
  const outcome = asAppSince(reason);
  changed(outcome);
  const token = await githubApp(deps, claim.provider).tokenByNumber(
    { ...parseRepository(claim.name), number: claim.number },
    { metadata: "read", contents: "read" },
  );
  await mirrorWith(deps, claim, held, token);
  return outcome;
}

/** The name is asked for by the number right before: names are changed, and taken by others. */
async function mirrorWith(
  deps: SyncDeps,
  claim: ClaimedRepository,
  held: HeldRepository,
  token: string,
): Promise<void> {
  const found = await readRepository(deps, token, { id: claim.number });
  if (!found) throw new Problem("repository_not_found", "The repository can't be seen with this authorisation.");
  if (found.fullName !== claim.name) await renameRepository(deps.database, { id: claim.id, name: found.fullName });
  const source = { name: found.fullName, token, defaultBranch: found.defaultBranch };
  await deps.mirrors.fetch(claim.id, source, held.signal).catch((error) => {
    throw gitProblem(error);
  });
}
