import type { Provider } from "../../providers/provider.ts";
import { addPendingConnect, pendingConnectsOf } from "../../store/accounts/pending-connects.ts";
import { readConnectLink } from "../../store/connect-links.ts";
import { openLookup } from "../../store/erasure/lookup-keys.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { outliveRevocation } from "../accounts/wait-for-revocation.ts";
import { ConnectRefusal } from "../sign-in/connect-refusal.ts";
import type { Granted } from "../sign-in/finish-authorization.ts";
import { keepOrDiscard } from "../sign-in/keep-or-discard.ts";
import { requireNoTombstone } from "../sign-in/require-admitted.ts";
import { requireConnectable } from "../sign-in/require-connectable.ts";
import { dropConnect } from "./drop-connect.ts";

/**
 * Holds what a callback brought for a link, until the person has seen whose it is. Nothing can act with it.
 * @param request.userId who is signed in in this browser, if anybody is
 * @throws ConnectRefusal, after the token was ended; nothing is stored then
 */
export async function holdGrant(
  deps: TokenDeps & { userTokensEnabled: boolean },
  request: { linkId: string; userId: string | null; provider: Provider; granted: Granted },
): Promise<void> {
  const { linkId, provider, granted } = request;
  const link = await readConnectLink(deps.database, { id: linkId });
  await keepOrDiscard(deps, { userId: link?.userId ?? null, provider, granted }, async () => {
    if (!link) throw new ConnectRefusal("state_expired");
    const signedInAs = request.userId ?? (link.returnTo === null ? null : link.userId);
    if (signedInAs !== link.userId) throw new ConnectRefusal("signed_out");
    if (!deps.userTokensEnabled) throw new ConnectRefusal("user_tokens_disabled");
    const { userId } = link;
    const { profile, pair, askedAt } = granted;
    const lookup = await openLookup(deps);
    await requireNoTombstone(deps.database, lookup, { provider: provider.id, profile });
    await outliveRevocation(deps, { provider, ...granted });
    await deps.database.transaction(async (transaction) => {
      const { identity } = await requireConnectable(transaction, lookup, { userId, provider, profile, byLink: true });
      const held = { id: linkId, userId, provider: provider.id, identityId: identity.id, pair, askedAt };
      // One a user and provider: who comes with another link has left the one before, whose token is one of ten.
      for (const pending of await pendingConnectsOf(transaction, { userId, provider: provider.id })) {
        if (pending.id === linkId) throw new ConnectRefusal("state_used");
        await dropConnect(deps, transaction, { pending, outcome: "cancelled", by: { actor: "user" } });
      }
      if (!(await addPendingConnect(deps, transaction, held))) throw new ConnectRefusal("state_used");
    });
  });
}
