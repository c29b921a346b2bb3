import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../errors.ts";
import type { TokenPair } from "../grant.ts";
import type { Account } from "../store/accounts/account.ts";
import { storeRefreshedPair } from "../store/accounts/lease.ts";
import { addUnwantedPair } from "../store/accounts/pending-revocations.ts";
import { readAccount } from "../store/accounts/read-account.ts";
import { requireLive } from "./account-problem.ts";
import { tryEndPendingRevocation } from "./end-pending-revocation.ts";
import { inBackground, isFresh, type TokenDeps, type UsableToken, usable } from "./refreshing.ts";

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Keeps a pair that came back from a provider, before anything else is done with it. The write is retried for as long
 * as the process lives: the pair is the account. When the account moved on meanwhile, the pair is not ours to keep:
 * after a disconnect it ends the grant, after a reconnect only its own token.
 * @returns the token to use now
 */
export async function keepRefreshedPair(deps: TokenDeps, account: Account, pair: TokenPair): Promise<UsableToken> {
  const stored = await insist(deps, () => storeRefreshedPair(deps, account, pair));
  if (!stored) {
    const accessExpiresAt =
      pair.accessExpiresIn === null ? null : new Date(account.readAt.getTime() + pair.accessExpiresIn * 1000);
    const revocation = await insist(deps, () => addUnwantedPair(deps, account, { tokens: pair, accessExpiresAt }));
    inBackground(deps, tryEndPendingRevocation(deps, revocation));
  }
  const now = await readAccount(deps.database, account.id);
  const live = requireLive(deps, now, account.provider);
  if (isFresh(live)) return usable(deps, live);
  throw new Problem("refresh_in_progress", "The authorisation changed while it was renewed. Try again.", {
    retryAfter: 1,
  });
}

async function insist<Result>(deps: TokenDeps, write: () => Promise<Result>): Promise<Result> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "database_unavailable") throw error;
      deps.log.error({ err: error }, "a renewed token waits for the database; keep this process running");
      await sleep(pauseMs);
    }
  }
}
