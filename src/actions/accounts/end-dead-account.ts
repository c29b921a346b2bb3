import { Problem } from "../../errors.ts";
import type { Provider } from "../../providers/provider.ts";
import type { RevocationReason } from "../../store/accounts/account.ts";
import { eraseIdleAccount } from "../../store/accounts/end-account.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { readAccount } from "../../store/accounts/read-account.ts";
import { writeAudit } from "../../store/audit.ts";
import { sharedRefresh } from "./fresh-token.ts";
import type { TokenDeps, UsableToken } from "./refreshing.ts";

/**
 * Asks a provider about a token that is not expired, and ends its account when it is dead, unless the account has moved
 * on meanwhile.
 * @returns whether the account was ended
 * @throws ProviderFailure, or Problem, when it can't be found out now
 */
export async function endDeadAccount(
  deps: TokenDeps,
  provider: Provider,
  { accessToken, account }: UsableToken,
  reason: RevocationReason,
): Promise<boolean> {
  const found = await provider.check(accessToken, account.metadata);
  if (found === "alive") return false;
  if (found === "doubtful") return isRefused(deps, account, reason);
  const ended = await deps.database.transaction(async (transaction) => {
    if (!(await eraseIdleAccount(transaction, account, reason))) return false;
    await writeAudit(transaction, {
      action: "account.revoked",
      actor: "provider",
      userId: account.userId,
      identityId: account.identityId,
      provider: provider.id,
      detail: { reason },
    });
    return true;
  });
  return ended || requireMovedOn(deps, account);
}

/** A refresh tells, and a refusal of it ends the account. */
async function isRefused(deps: TokenDeps, account: HeldAccount, refusalMeans: RevocationReason): Promise<boolean> {
  try {
    await sharedRefresh(deps, account, { refusalMeans });
    return false;
  } catch (error) {
    if (error instanceof Problem && error.code === "account_revoked") return true;
    throw error;
  }
}

/** The account has another token by now, or is over; else a refresh is in the way, and the question must come again. */
async function requireMovedOn(deps: TokenDeps, checked: HeldAccount): Promise<false> {
  const now = await readAccount(deps.database, checked.id);
  if (now?.version !== checked.version) return false;
  throw new Problem("refresh_in_progress", "The authorisation is being renewed, so a dead token proves nothing yet.", {
    retryAfter: 2,
  });
}
