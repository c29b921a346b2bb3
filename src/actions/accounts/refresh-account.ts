import { Problem } from "../../errors.ts";
import type { TokenPair } from "../../grant.ts";
import type { RefreshResult } from "../../metrics/counts.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import type { Provider } from "../../providers/provider.ts";
import { type Account, openTokens, type RevocationReason } from "../../store/accounts/account.ts";
import { eraseAccount } from "../../store/accounts/end-account.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { backOff, claimLease, type Lease, releaseLease, suspectAccount } from "../../store/accounts/lease.ts";
import { readAccount } from "../../store/accounts/read-account.ts";
import { writeAudit } from "../../store/audit.ts";
import { accountRevoked, requireLive } from "./account-problem.ts";
import { keepRefreshedPair } from "./keep-refreshed-pair.ts";
import { providerProblem } from "./provider-problem.ts";
import { type TokenDeps, type UsableToken, usable } from "./refreshing.ts";

export interface RefreshOptions {
  /** The reason with which a refusal ends the account, for who knows more than the provider's answer says. */
  refusalMeans?: RevocationReason;
}

/**
 * Brings an account to a fresh token: refreshes it under the lease, or takes the token that another process brought.
 * Nobody refreshes without the lease; the provider is called with no transaction and no connection held.
 * @param stale the account as the caller read it; its version's token is not good enough
 * @throws Problem `account_revoked`, `account_suspect`, `refresh_in_progress`, `provider_unavailable`, `rate_limited`,
 *   `provider_configuration`, `provider_garbled`, `database_unavailable`
 */
export async function refreshAccount(
  deps: TokenDeps,
  stale: HeldAccount,
  options: RefreshOptions = {},
): Promise<UsableToken> {
  const started = performance.now();
  const watch = deps.changes.watch(stale.id);
  try {
    for (let pauseMs = 25; ; pauseMs = Math.min(1_000, pauseMs * 1.5)) {
      if (deps.stopping.aborted) throw stopping();
      const account = await readAccount(deps.database, stale.id);
      const live = requireLive(deps, account, stale.provider);
      if (live.version !== stale.version && live.fresh) return usable(deps, live);
      requireNoPause(live);
      const claimedAt = performance.now();
      const claimed = await claimLease(deps.database, live, deps.times.lease);
      if (claimed) return await refreshUnderLease(deps, claimed.account, { ...claimed.lease, claimedAt }, options);
      if (performance.now() - started > deps.times.waiter * 1000) {
        throw new Problem("refresh_in_progress", "Another process is renewing this authorisation. Try again shortly.", {
          retryAfter: 2,
        });
      }
      await watch.next(pauseMs);
    }
  } finally {
    watch.end();
  }
}

async function refreshUnderLease(
  deps: TokenDeps,
  claimed: Account,
  claim: Lease & { claimedAt: number },
  options: RefreshOptions,
): Promise<UsableToken> {
  let [account, lease]: [Account, Lease] = [claimed, claim];
  const provider = deps.providers.get(account.provider);
  if (!provider) throw new Error(`provider ${account.provider} is not configured`);
  let tokens: ReturnType<typeof openTokens>;
  try {
    tokens = openTokens(deps.keyring, account);
  } catch (error) {
    await releaseLease(deps.database, lease);
    throw error;
  }
  if (!tokens?.refreshToken) {
    if (!(await end(deps, account, lease, "refresh_failed"))) return refreshAccount(deps, account, options);
    throw accountRevoked(deps, account.provider);
  }
  // The event loop may have stood still, or the process been paused, since the claim.
  if (performance.now() - claim.claimedAt > deps.times.staleClaim * 1000) {
    const again = await claimLease(deps.database, { ...account, leaseId: lease.id }, deps.times.lease);
    if (!again) return refreshAccount(deps, account, options);
    // Somebody may have had the lease in between, and may now have the pair.
    account = again.account;
    lease = { ...again.lease, takenOver: lease.takenOver || again.lease.takenOver };
  }
  let pair: TokenPair;
  const sentAt = performance.now();
  const count = (result: RefreshResult) =>
    deps.metrics.refreshed(provider.id, result, (performance.now() - sentAt) / 1000);
  try {
    pair = await provider.refresh(tokens.refreshToken, account.metadata);
    count("renewed");
  } catch (error) {
    count(refreshResult(error));
    const told = await settleFailure(deps, { account, lease, provider, error, ...options });
    if (told === null) return refreshAccount(deps, account, options);
    throw told;
  }
  return keepRefreshedPair(deps, account, provider, afterRefresh(account, pair, tokens.refreshToken));
}

function refreshResult(error: unknown): RefreshResult {
  if (!(error instanceof ProviderFailure)) return "failed";
  return error.kind === "unauthorized" ? "ours" : error.kind;
}

/** A provider that doesn't rotate sends no refresh token: the old one stays, and ends when it would have. */
function afterRefresh(account: Account, pair: TokenPair, refreshToken: string): TokenPair {
  if (pair.refreshToken !== null) return pair;
  const { refreshExpiresAt, readAt } = account;
  const left = refreshExpiresAt && Math.max(1, (refreshExpiresAt.getTime() - readAt.getTime()) / 1000);
  return { ...pair, refreshToken, refreshExpiresIn: pair.refreshExpiresIn ?? left };
}

/**
 * Writes what a failure means, while lease and version are still ours, and says what the caller is told.
 * @returns null when a refusal proves nothing: somebody else has the lease by now, or the account has moved on
 */
async function settleFailure(
  deps: TokenDeps,
  failed: RefreshOptions & { account: Account; lease: Lease; provider: Provider; error: unknown },
): Promise<unknown> {
  const { account, lease, provider, error, refusalMeans = "refresh_failed" } = failed;
  if (!(error instanceof ProviderFailure)) {
    await releaseLease(deps.database, lease);
    return error;
  }
  if (error.kind === "refused") {
    // The process before may hold the pair that this refresh token was spent for: suspect first, revoke later.
    if (lease.takenOver && !account.suspectUntil) {
      if (!(await suspectAccount(deps.database, lease, deps.times.suspicion))) return null;
      deps.log.warn({ account: account.id }, "a refresh was refused after a lease ran out: the account is suspect");
      return suspicion(deps.times.suspicion);
    }
    return (await end(deps, account, lease, refusalMeans)) ? accountRevoked(deps, account.provider, error) : null;
  }
  if (error.kind === "ours" || error.kind === "unauthorized") {
    deps.log.error({ err: error, provider: provider.id }, "the provider refused onbehalf's own credentials");
  } else {
    deps.log.warn({ err: error, provider: provider.id }, "a refresh failed; it will be tried again");
  }
  const seconds = Math.max(error.retryAfter ?? 0, Math.min(300, 2 ** (account.failureCount + 1)));
  await backOff(deps.database, lease, seconds);
  return providerProblem(
    new ProviderFailure(error.kind, error.message, { retryAfter: seconds, cause: error }),
    provider,
  );
}

/** A refusal after suspicion means that the process before died with the pair in its hands: that is said. */
async function end(deps: TokenDeps, account: Account, lease: Lease, reason: RevocationReason): Promise<boolean> {
  const interrupted = account.suspectUntil !== null;
  const ended = await deps.database.transaction(async (transaction) => {
    const ended = await eraseAccount(transaction, { ...account, leaseId: lease.id }, reason);
    if (!ended) return false;
    await writeAudit(transaction, {
      action: "account.revoked",
      actor: "provider",
      userId: account.userId,
      identityId: account.identityId,
      provider: account.provider,
      detail: interrupted ? { reason, interrupted } : { reason },
    });
    return true;
  });
  if (ended && interrupted) {
    deps.log.warn(
      { account: account.id },
      "an account has ended: a renewal was interrupted between the provider's answer and the database, and its token is lost",
    );
  }
  return ended;
}

/** During suspicion and back-off nothing is sent. */
function requireNoPause(account: Account): void {
  const wait = (until: Date) => Math.max(1, Math.ceil((until.getTime() - account.readAt.getTime()) / 1000));
  if (account.suspectUntil && account.suspectUntil > account.readAt) throw suspicion(wait(account.suspectUntil));
  if (account.retryAfter && account.retryAfter > account.readAt) {
    throw new Problem("provider_unavailable", "The provider could not be reached; the next try is not due yet.", {
      retryAfter: wait(account.retryAfter),
    });
  }
}

function stopping(): Problem {
  return new Problem("refresh_in_progress", "This process of onbehalf stops; another one renews the authorisation.", {
    retryAfter: 2,
  });
}

function suspicion(retryAfter: number): Problem {
  return new Problem(
    "account_suspect",
    "A renewal was interrupted and its outcome is not known yet. Try again later, or let the person connect again.",
    { retryAfter },
  );
}
