import { Problem } from "../../errors.ts";
import type { Provider } from "../../providers/provider.ts";
import { type Account, openAccessToken, type RevocationReason } from "../../store/accounts/account.ts";
import { readAccountOfIdentity } from "../../store/accounts/read-account.ts";
import { endDeadAccount } from "./end-dead-account.ts";
import { sharedRefresh } from "./fresh-token.ts";
import type { TokenDeps, UsableToken } from "./refreshing.ts";

/**
 * A provider says that a person ended the authorisation. That is a hint, so {@link checkAccount} looks into it; if it is
 * so, it is the person who ended it, since the provider said so.
 * @returns whether the account was ended
 * @throws ProviderFailure, or Problem, when it can't be found out now: the delivery must be handled again
 */
export async function checkAuthorization(
  deps: TokenDeps,
  event: { provider: Provider; providerUid: string },
): Promise<boolean> {
  const { provider, providerUid } = event;
  const account = await readAccountOfIdentity(deps.database, { provider: provider.id, providerUid });
  return account !== null && checkAccount(deps, provider, account, "user_revoked");
}

/**
 * Asks a provider about the token that we hold: events are late, repeated and unordered. Only a dead token ends the
 * account, and only if nobody has reconnected meanwhile. An expired one proves nothing, and at some providers one that was
 * just revoked: it is refreshed first, and a refusal then ends the account.
 * @param reason the one that the account gets
 * @returns whether the account was ended
 * @throws ProviderFailure, or Problem, when it can't be found out now
 */
export async function checkAccount(
  deps: TokenDeps,
  provider: Provider,
  account: Account,
  reason: RevocationReason,
): Promise<boolean> {
  const token = await currentToken(deps, provider, account, reason);
  return token === null || endDeadAccount(deps, provider, token, reason);
}

/** A token that is not expired; null: the refresh was refused and the account has ended. */
async function currentToken(
  deps: TokenDeps,
  provider: Provider,
  account: Account,
  refusalMeans: RevocationReason,
): Promise<UsableToken | null> {
  const expired = account.accessExpiresAt && account.accessExpiresAt <= account.readAt;
  if (expired || provider.refreshProves) {
    try {
      return await sharedRefresh(deps, account, { refusalMeans });
    } catch (error) {
      if (error instanceof Problem && error.code === "account_revoked") return null;
      throw error;
    }
  }
  const accessToken = openAccessToken(deps.keyring, account);
  return accessToken === null ? null : { accessToken, account };
}
