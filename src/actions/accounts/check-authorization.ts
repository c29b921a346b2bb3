import { Problem } from "../../errors.ts";
import type { Provider } from "../../providers/provider.ts";
import type { Account } from "../../store/accounts/account.ts";
import { openTokens } from "../../store/accounts/account.ts";
import { eraseIdleAccount } from "../../store/accounts/end-account.ts";
import { readAccount, readAccountOfIdentity } from "../../store/accounts/read-account.ts";
import { writeAudit } from "../../store/audit.ts";
import { sharedRefresh } from "./fresh-token.ts";
import type { TokenDeps } from "./refreshing.ts";

/**
 * A provider says that a person ended the authorisation. That is a hint: deliveries are late, repeated and unordered.
 * So the provider is asked about the token that we hold, and only a dead one ends the account, and only if nobody has
 * reconnected meanwhile. An expired token proves nothing: it is refreshed first, and a refusal then ends the account.
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
  if (token === null) return true;
  if ((await provider.check(token.accessToken)) === "alive") return false;
  const ended = await deps.database.transaction(async (transaction) => {
    if (!(await eraseIdleAccount(transaction, token.account, "user_revoked"))) return false;
    await writeAudit(transaction, {
      action: "account.revoked",
      actor: "provider",
      userId: account.userId,
      identityId: account.identityId,
      provider: provider.id,
      detail: { reason: "user_revoked" },
    });
    return true;
  });
  return ended || requireMovedOn(deps, token.account);
}

/** The account has another token by now, or is over; else a refresh is in the way, and the question must come again. */
async function requireMovedOn(deps: TokenDeps, checked: Account): Promise<false> {
  const now = await readAccount(deps.database, checked.id);
  if (now?.version !== checked.version) return false;
  throw new Problem("refresh_in_progress", "The authorisation is being renewed, so a dead token proves nothing yet.", {
    retryAfter: 2,
  });
}

/** A token that is not expired; null: the refresh was refused and the account has ended. */
async function currentToken(
  deps: TokenDeps,
  account: Account,
): Promise<{ accessToken: string; account: Account } | null> {
  const expired = account.accessExpiresAt && account.accessExpiresAt <= account.readAt;
  if (expired) {
    try {
      return await sharedRefresh(deps, account);
    } catch (error) {
      if (error instanceof Problem && error.code === "account_revoked") return null;
      throw error;
    }
  }
  const tokens = openTokens(deps.keyring, account);
  return tokens && { accessToken: tokens.accessToken, account };
}
