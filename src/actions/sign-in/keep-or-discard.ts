import type { Provider } from "../../providers/provider.ts";
import { writeAudit } from "../../store/audit.ts";
import { findIdentity } from "../../store/identities.ts";
import { discardToken } from "../accounts/discard-token.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { ConnectRefusal } from "./connect-refusal.ts";
import type { Granted } from "./finish-authorization.ts";

/**
 * Does something with what a callback brought. Whatever goes wrong with that, the token is ended; a refusal is in the
 * audit log.
 * @param connect.userId whose account it was to be; null: nobody's
 */
export async function keepOrDiscard<Kept>(
  deps: TokenDeps,
  connect: { userId: string | null; provider: Provider; granted: Granted },
  keep: () => Promise<Kept>,
): Promise<Kept> {
  const { userId, provider, granted } = connect;
  const { pair, linkId } = granted;
  try {
    return await keep();
  } catch (error) {
    const providerUid = granted.profile.uid;
    await discardToken(deps, { provider, pair, providerUid, purpose: "connect", linkId });
    if (error instanceof ConnectRefusal) {
      const known = await findIdentity(deps.database, { provider: provider.id, providerUid });
      const whose = { userId, identityId: known?.id ?? null, provider: provider.id };
      await writeAudit(
        deps.database,
        { action: "connect", actor: "user", ...whose, ...(linkId ? { detail: { link: linkId } } : {}) },
        { result: "failed", code: error.reason },
      );
    }
    throw error;
  }
}
