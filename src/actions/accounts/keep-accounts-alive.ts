import { Problem } from "../../errors.ts";
import type { Provider } from "../../providers/provider.ts";
import type { Account } from "../../store/accounts/account.ts";
import { claimDueAccounts } from "../../store/accounts/due-accounts.ts";
import { claimErrand, endErrand } from "../../store/errands.ts";
import { endDeadAccount } from "./end-dead-account.ts";
import { sharedRefresh } from "./fresh-token.ts";
import { providerProblem } from "./provider-problem.ts";
import { type TokenDeps, usable } from "./refreshing.ts";

/** One batch of a provider's accounts in that time, in all replicas together. */
const turnSeconds = 15;
/** How often more are looked for when those that were claimed are in use, and so cost the provider nothing. */
const mostClaims = 50;
/** A provider that failed is left alone for this long, or as long as it says up to an hour. */
const pauseSeconds = 60;
const longestPauseSeconds = 3_600;

/**
 * Looks at accounts that nobody uses, a few at a time: those that have not been used for a day, in case their end was
 * never told, and those whose refresh token would end within 14 days. Looking is refreshing, since an expired token
 * proves nothing; the lease, back-off and suspicion hold as for any refresh, and only a refusal ends an account.
 * One replica at a time does so for a provider, at the pace that {@link Provider.backgroundRefreshesPerMinute} sets.
 * @param stopped whether to begin no more
 */
export async function keepAccountsAlive(deps: TokenDeps, stopped: () => boolean): Promise<void> {
  await Promise.all([...deps.providers.values()].map((provider) => takeTurn(deps, provider, stopped)));
}

async function takeTurn(deps: TokenDeps, provider: Provider, stopped: () => boolean): Promise<void> {
  const errand = await claimErrand(deps.database, { name: `accounts of ${provider.id}`, takeOver: false });
  if (!errand) return;
  const againInSeconds = Math.max(turnSeconds, await lookAtDue(deps, provider, stopped));
  await endErrand(deps.database, errand, { againInSeconds, doneUntil: null });
}

/** @returns for how many seconds the provider is to be left alone */
async function lookAtDue(deps: TokenDeps, provider: Provider, stopped: () => boolean): Promise<number> {
  const perTurn = Math.max(1, Math.floor((provider.backgroundRefreshesPerMinute * turnSeconds) / 60));
  let left = perTurn;
  for (let claims = 0; claims < mostClaims && !stopped(); claims++) {
    const { claimed, due } = await claimDueAccounts(deps.database, { provider: provider.id, limit: left });
    const pauses = await Promise.all(due.map((account) => look(deps, provider, account)));
    const pause = Math.max(0, ...pauses);
    if (pause > 0 || claimed < left) return pause;
    left -= due.length;
    if (left === 0) return 0;
  }
  return 0;
}

/** @returns for how many seconds the provider is to be left alone, after what this account has shown */
async function look(deps: TokenDeps, provider: Provider, account: Account): Promise<number> {
  try {
    await renew(deps, provider, account);
    return 0;
  } catch (thrown) {
    const error = providerProblem(thrown, provider);
    const code = error instanceof Problem ? error.code : "unexpected";
    if (code === "database_unavailable") throw error;
    const about = { account: account.id, provider: provider.id };
    if (code === "account_revoked") deps.log.info(about, "an account was found ended");
    // A token that can't be opened is an operator's to mend.
    else if (code === "cannot_unseal") deps.log.error({ err: error, ...about }, "an account can't be kept alive");
    else deps.log.warn({ err: error, ...about }, "an account could not be looked at; it is looked at again");
    switch (code) {
      case "rate_limited":
        return Math.min(longestPauseSeconds, Math.max(pauseSeconds, retryAfter(error)));
      case "provider_unavailable":
      case "provider_garbled":
      case "provider_configuration":
        return pauseSeconds;
      default:
        return 0;
    }
  }
}

/** A token that never expires can't be refreshed, but proves what is asked. */
async function renew(deps: TokenDeps, provider: Provider, account: Account): Promise<void> {
  if (account.sealedRefreshToken || account.accessExpiresAt) await sharedRefresh(deps, account);
  else await endDeadAccount(deps, provider, usable(deps, account), "refresh_failed");
}

function retryAfter(error: unknown): number {
  return (error instanceof Problem && error.retryAfter) || 0;
}
