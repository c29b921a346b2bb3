import type { Provider } from "../../providers/provider.ts";
import { writeAudit } from "../../store/audit.ts";
import { findIdentity } from "../../store/identities.ts";
import { discardToken } from "../accounts/discard-token.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { ConnectRefusal } from "./connect-refusal.ts";
import type { Granted } from "./finish-authorization.ts";
import { keepGrant } from "./keep-grant.ts";

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
  try {
    if (!userId) throw new ConnectRefusal("signed_out");
    if (!deps.userTokensEnabled) throw new ConnectRefusal("user_tokens_disabled");
    await keepGrant(deps, { userId, provider, ...granted, audit: "connect" });
  } catch (error) {
    const providerUid = granted.profile.uid;
    await discardToken(deps, { provider, pair: granted.pair, providerUid, purpose: "connect" });
    if (error instanceof ConnectRefusal) {
      const known = await findIdentity(deps.database, { provider: provider.id, providerUid });
      await writeAudit(
        deps.database,
        { action: "connect", actor: "user", userId, identityId: known?.id ?? null, provider: provider.id },
        { result: "failed", code: error.reason },
      );
    }
    throw error;
  }
}
