import type { Provider } from "../../providers/provider.ts";
import { readUserAccount } from "../../store/accounts/read-account.ts";
import type { Queryable } from "../../store/database.ts";
import { readIdentity } from "../../store/identities.ts";

/**
 * What a connect asks for beside the usual. Of an account that is live it asks again for what the person granted of the
 * provider's optional scopes, since what comes back takes the place of the grant before; and it names who the person is
 * there, so that they pick the same account.
 * @param request.scopes those that the person chose; whether they are on the provider's list is not looked at
 */
export async function moreToAsk(
  deps: { database: Queryable },
  request: { userId: string; provider: Provider; scopes: readonly string[] },
): Promise<{ moreScopes: string[]; loginHint: string | null }> {
  const { userId, provider, scopes } = request;
  const account = await readUserAccount(deps.database, { userId, provider: provider.id });
  if (!account || !["active", "limited"].includes(account.state)) return { moreScopes: [...scopes], loginHint: null };
  const identity = await readIdentity(deps.database, account.identityId);
  const granted = account.scopes.filter((scope) => provider.scopes.optional.includes(scope));
  return { moreScopes: [...new Set([...scopes, ...granted])], loginHint: identity?.login ?? null };
}
