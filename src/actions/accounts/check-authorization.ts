import { Problem } from "../../errors.ts";
import type { Provider } from "../../providers/provider.ts";
import { type Account, openAccessToken } from "../../store/accounts/account.ts";
import { readAccountOfIdentity } from "../../store/accounts/read-account.ts";
import { endDeadAccount } from "./end-dead-account.ts";
import { sharedRefresh } from "./fresh-token.ts";
import type { TokenDeps, UsableToken } from "./refreshing.ts";

/**
 * A provider says that a person ended the authorisation. That is a hint: deliveries are late, repeated and unordered.
 * So the provider is asked about the token that we hold, and only a dead one ends the account, and only if nobody has
 * reconnected meanwhile. An expired token proves nothing: it is refreshed first, and a refusal then ends the account.
 * Either way it is the person who ended it, since the provider said so.
 * @returns whether the account was ended
 * @throws ProviderFailure, or Problem, when it can't be found out now: the delivery must be handled again
 */
export async function checkAuthorization(
  deps: TokenDeps,
  event: { provider: Provider; providerUid: string },
): Promise<boolean> {
  const { provider, providerUid } = event;
  const account = await readAccountOfIdentity(deps.database, { provider: provider.id, providerUid });
  if (!account) return false;
  const token = await currentToken(deps, account);
  return token === null || endDeadAccount(deps, provider, token, "user_revoked");
}

/** A token that is not expired; null: the refresh was refused and the account has ended. */
async function currentToken(deps: TokenDeps, account: Account): Promise<UsableToken | null> {
  const expired = account.accessExpiresAt && account.accessExpiresAt <= account.readAt;
  if (expired) {
    try {
      return await sharedRefresh(deps, account, { refusalMeans: "user_revoked" });
    } catch (error) {
      if (error instanceof Problem && error.code === "account_revoked") return null;
      throw error;
    }
  }
  const accessToken = openAccessToken(deps.keyring, account);
  return accessToken === null ? null : { accessToken, account };
}
