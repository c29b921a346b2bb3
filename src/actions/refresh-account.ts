import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../errors.ts";
import { ProviderFailure } from "../providers/failure.ts";
import type { Provider } from "../providers/provider.ts";
import { type Account, openTokens } from "../store/accounts/account.ts";
import { eraseAccount } from "../store/accounts/end-account.ts";
import { backOff, claimLease, type Lease, releaseLease, suspectAccount } from "../store/accounts/lease.ts";
import { readAccount } from "../store/accounts/read-account.ts";
import { writeAudit } from "../store/audit.ts";
import { accountRevoked, requireLive } from "./account-problem.ts";
import { keepRefreshedPair } from "./keep-refreshed-pair.ts";
import { providerProblem } from "./provider-problem.ts";
import { isFresh, type TokenDeps, type UsableToken, usable } from "./refreshing.ts";

/** A waiter gives up after this long (contract, Times). */
const waiterMs = 20_000;
/** A claim older than this when the request is about to be sent is made again first. */
const claimStaleMs = 10_000;

/**
 * Brings an account to a fresh token: refreshes it under the lease, or takes the token that another process brought.
 * Nobody refreshes without the lease; the provider is called with no transaction and no connection held.
 * @param stale the account as the caller read it; its version's token is not good enough
 * @throws Problem `account_revoked`, `account_suspect`, `refresh_in_progress`, `provider_unavailable`, `rate_limited`,
 *   `provider_configuration`, `provider_garbled`, `database_unavailable`
 */
export async function refreshAccount(deps: TokenDeps, stale: Account): Promise<UsableToken> {
  const started = performance.now();
  for (let pauseMs = 25; ; pauseMs = Math.min(250, pauseMs * 1.5)) {
    const account = await readAccount(deps.database, stale.id);
    const live = requireLive(deps, account, stale.provider);
    if (live.version !== stale.version && isFresh(live)) return usable(deps, live);
    requireNoPause(live);
    const claimed = await claimLease(deps.database, live);
    if (claimed) return refreshUnderLease(deps, claimed.account, claimed.lease);
    if (performance.now() - started > waiterMs) {
      throw new Problem("refresh_in_progress", "Another process is renewing this authorisation. Try again shortly.", {
        retryAfter: 2,
      });
    }
    await sleep(pauseMs);
  }
}

async function refreshUnderLease(deps: TokenDeps, account: Account, lease: Lease): Promise<UsableToken> {
  const provider = deps.providers.get(account.provider);
  if (!provider) throw new Error(`provider ${account.provider} is not configured`);
  const claimedAt = performance.now();
  const tokens = openTokens(deps.keyring, account);
  if (!tokens?.refreshToken) {
    await end(deps, account, lease);
    throw accountRevoked(deps, account.provider);
  }
  // The event loop may have stood still, or the process been paused, since the claim.
  if (performance.now() - claimedAt > claimStaleMs) {
    const again = await claimLease(deps.database, { ...account, leaseId: lease.id });
    if (!again) return refreshAccount(deps, account);
  }
  let pair: Awaited<ReturnType<Provider["refresh"]>>;
  try {
    pair = await provider.refresh(tokens.refreshToken);
  } catch (error) {
    throw await settleFailure(deps, { account, lease, provider, error });
  }
  // A provider that doesn't rotate sends no refresh token: the old one stays.
  return keepRefreshedPair(deps, account, { ...pair, refreshToken: pair.refreshToken ?? tokens.refreshToken });
}

/** Writes what a failure means, while lease and version are still ours, and says what the caller is told. */
async function settleFailure(
  deps: TokenDeps,
  failed: { account: Account; lease: Lease; provider: Provider; error: unknown },
): Promise<unknown> {
  const { account, lease, provider, error } = failed;
  if (!(error instanceof ProviderFailure)) {
    await releaseLease(deps.database, lease);
    return error;
  }
  if (error.kind === "refused") {
    // The process before may hold the pair that this refresh token was spent for: suspect first, revoke later.
    if (lease.takenOver && !account.suspectUntil) {
      await suspectAccount(deps.database, lease);
      deps.log.warn({ account: account.id }, "a refresh was refused after a lease ran out: the account is suspect");
      return suspicion(600);
    }
    await end(deps, account, lease);
    return accountRevoked(deps, account.provider, error);
  }
  if (error.kind === "ours" || error.kind === "unauthorized") {
    deps.log.error({ err: error, provider: provider.id }, "the provider refused onbehalf's own credentials");
  } else {
    deps.log.warn({ err: error, provider: provider.id }, "a refresh failed; it will be tried again");
  }
  const seconds = Math.max(error.retryAfter ?? 0, Math.min(300, 2 ** (account.failureCount + 1)));
  await backOff(deps.database, lease, seconds);
  return providerProblem(error, provider);
}

async function end(deps: TokenDeps, account: Account, lease: Lease): Promise<void> {
  const ended = await eraseAccount(deps.database, { ...account, leaseId: lease.id }, "refresh_failed");
  if (!ended) return;
  await writeAudit(deps.database, {
    action: "account.revoked",
    actor: "provider",
    userId: account.userId,
    identityId: account.identityId,
    provider: account.provider,
    detail: { reason: "refresh_failed" },
  });
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

function suspicion(retryAfter: number): Problem {
  return new Problem(
    "account_suspect",
    "A renewal was interrupted and its outcome is not known yet. Try again later, or let the person connect again.",
    { retryAfter },
  );
}
