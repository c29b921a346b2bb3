import type { Provider } from "../../providers/provider.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { ConnectRefusal } from "./connect-refusal.ts";
import type { Granted } from "./finish-authorization.ts";
import { keepGrant } from "./keep-grant.ts";
import { keepOrDiscard } from "./keep-or-discard.ts";

/**
 * Connects what a callback brought to the user of that browser session.
 * @param request.userId null: the session ended while the person was at the provider
 * @throws ConnectRefusal, after the token was ended; nothing is stored then
 */
export async function connectAccount(
  deps: TokenDeps & { userTokensEnabled: boolean },
  request: { userId: string | null; provider: Provider; granted: Granted },
): Promise<void> {
  const { userId, provider, granted } = request;
  await keepOrDiscard(deps, { userId, provider, granted }, async () => {
    if (!userId) throw new ConnectRefusal("signed_out");
    if (!deps.userTokensEnabled) throw new ConnectRefusal("user_tokens_disabled");
    await keepGrant(deps, { userId, provider, ...granted, audit: { actor: "user" } });
  });
}
