import { Problem } from "../../errors.ts";
import type { TokenPair } from "../../grant.ts";
import type { Provider } from "../../providers/provider.ts";
import { type Account, holdsToken } from "../../store/accounts/account.ts";
import { readHeldAccount } from "../../store/accounts/held-account.ts";
import { type RefreshedPair, storeRefreshedPair } from "../../store/accounts/lease.ts";
import { addUnwantedPair } from "../../store/accounts/pending-revocations.ts";
import { readAccount } from "../../store/accounts/read-account.ts";
import { requireLive } from "./account-problem.ts";
import { tryEndPendingRevocation } from "./end-pending-revocation.ts";
import { stateFor } from "./granted-state.ts";
import { insist } from "./insist.ts";
import { inBackground, type TokenDeps, type UsableToken, usable } from "./refreshing.ts";

const waiting = "a renewed token";

/**
 * Keeps a pair that came back from a provider, before anything else is done with it. The write is retried for as long
 * as the process lives: the pair is the account. When the account moved on meanwhile, the pair is not ours to keep:
 * after a disconnect it ends the grant, after a reconnect only its own token.
 * @returns the token to use now
 */
export async function keepRefreshedPair(
  deps: TokenDeps,
  account: Account,
  provider: Provider,
  pair: TokenPair,
): Promise<UsableToken> {
  const { scopes, refreshToken } = pair;
  const names = refreshToken === null ? undefined : provider.refreshTokenNames?.(refreshToken);
  const scoped: RefreshedPair = {
    ...pair,
    ...(scopes === null ? {} : { state: stateFor(provider, scopes) }),
    ...(names ? { refreshTokenNames: names } : {}),
  };
  if (!(await insist(deps, waiting, () => store(deps, account, scoped)))) {
    const accessExpiresAt =
      pair.accessExpiresIn === null ? null : new Date(account.readAt.getTime() + pair.accessExpiresIn * 1000);
    const unwanted = { tokens: pair, accessExpiresAt };
    const revocation = await insist(deps, waiting, () => addUnwantedPair(deps, account, unwanted));
    inBackground(deps, tryEndPendingRevocation(deps, revocation));
  }
  const now = await readHeldAccount(deps.database, account.id);
  const live = requireLive(deps, now, account.provider);
  if (live.fresh) return usable(deps, live);
  throw new Problem("refresh_in_progress", "The authorisation changed while it was renewed. Try again.", {
    retryAfter: 1,
  });
}

/**
 * A write can have been done although its answer was lost. The next try then finds that the account has moved on, by
 * this very pair: taken for an unwanted one, it would be ended while it is the account's.
 */
async function store(deps: TokenDeps, account: Account, pair: RefreshedPair): Promise<boolean> {
  if (await storeRefreshedPair(deps, account, pair)) return true;
  const now = await readAccount(deps.database, account.id);
  return now !== null && holdsToken(deps.keyring, now, pair.accessToken);
}
