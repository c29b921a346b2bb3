import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../errors.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { requireLive } from "./account-problem.ts";
import { type RefreshOptions, refreshAccount } from "./refresh-account.ts";
import { inBackground, type TokenDeps, type UsableToken, usable } from "./refreshing.ts";

/** How long a caller whose token is still valid waits for a refresh (contract, Times). */
const patienceMs = 2_000;

/**
 * A token that is good now. For an account that was just read and is fresh this costs no further read and no write.
 * @param account as one statement just read it, together with what allows its use
 * @throws Problem `not_connected`, `account_revoked`, and what {@link refreshAccount} throws
 */
export async function freshToken(deps: TokenDeps, account: HeldAccount): Promise<UsableToken> {
  const live = requireLive(deps, account, account.provider);
  if (live.fresh) return usable(deps, live);
  if (!live.stillValid) return within(deps.times.waiter * 1000, sharedRefresh(deps, live));
  try {
    return await within(patienceMs, sharedRefresh(deps, live));
  } catch (error) {
    if (error instanceof Problem && ["account_revoked", "not_connected", "account_suspect"].includes(error.code)) {
      throw error;
    }
    return usable(deps, live);
  }
}

/** Callers in this process share one refresh of an account's version. It goes on when its callers have given up. */
export function sharedRefresh(deps: TokenDeps, account: HeldAccount, options?: RefreshOptions): Promise<UsableToken> {
  const key = `${account.id} ${account.version}`;
  const running = deps.refreshes.get(key);
  if (running) return running;
  const refresh = refreshAccount(deps, account, options).finally(() => deps.refreshes.delete(key));
  deps.refreshes.set(key, refresh);
  inBackground(deps, refresh);
  return refresh;
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Problem("refresh_in_progress", "The authorisation is being renewed. Try again shortly.", {
      retryAfter: 2,
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
