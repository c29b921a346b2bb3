import { Problem } from "../../errors.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import type { Account } from "../../store/accounts/account.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { allowForcedRefresh } from "../../store/accounts/lease.ts";
import { readAccount } from "../../store/accounts/read-account.ts";
import { requireLive } from "./account-problem.ts";
import { freshToken, sharedRefresh } from "./fresh-token.ts";
import { providerProblem } from "./provider-problem.ts";
import type { TokenDeps, UsableToken } from "./refreshing.ts";

/**
 * Does something with a person's token, and once more when the provider did not accept it although it should be good.
 * A 401 never ends an account by itself: a newer version is taken; else the provider is asked about the token, and a
 * dead one is refreshed (at most once in 10 minutes); only a refusal of that refresh ends the account.
 * @param act gets the account as it is with that token; it must have done nothing when it throws a ProviderFailure of kind `unauthorized`
 * @throws Problem `provider_rejected` when the provider calls the token alive and still does not accept it
 */
export async function actWithToken<Result>(
  deps: TokenDeps,
  account: HeldAccount,
  act: (accessToken: string, account: HeldAccount) => Promise<Result>,
): Promise<Result> {
  const first = await freshToken(deps, account);
  try {
    return await act(first.accessToken, first.account);
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
  }
  const second = await replaceRejected(deps, first);
  return act(second.accessToken, second.account);
}

async function replaceRejected(deps: TokenDeps, rejected: UsableToken): Promise<UsableToken> {
  const { account } = rejected;
  const now = requireLive(deps, await readAccount(deps.database, account.id), account.provider);
  if (now.version !== account.version) return freshToken(deps, now);
  if (now.leaseHeld) return sharedRefresh(deps, now);
  const provider = deps.providers.get(account.provider);
  if (!provider) throw new Error(`provider ${account.provider} is not configured`);
  const state = await provider.check(rejected.accessToken, account.metadata).catch((error) => {
    throw providerProblem(error, provider);
  });
  // In suspicion and back-off nothing is sent, so nothing is counted: the refresh says how long to wait.
  if (state !== "alive" && (isPaused(now) || (await allowForcedRefresh(deps.database, now)))) {
    return sharedRefresh(deps, now);
  }
  const latest = requireLive(deps, await readAccount(deps.database, account.id), account.provider);
  if (latest.version !== account.version) return freshToken(deps, latest);
  throw new Problem(
    "provider_rejected",
    `${provider.name} did not accept the person's token, although it should be good. Try again in some minutes.`,
    { retryAfter: 60 },
  );
}

function isPaused({ suspectUntil, retryAfter, readAt }: Account): boolean {
  return [suspectUntil, retryAfter].some((until) => until !== null && until > readAt);
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ProviderFailure && error.kind === "unauthorized";
}
