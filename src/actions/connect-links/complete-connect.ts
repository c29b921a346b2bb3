import { Problem } from "../../errors.ts";
import { openPendingConnect, takePendingConnect } from "../../store/accounts/pending-connects.ts";
import type { DecidedBy } from "../../store/audit.ts";
import { readConnectLink, settleConnectLink } from "../../store/connect-links.ts";
import { readProfile } from "../../store/identities.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { refuseOffers } from "../delegations/refuse-offers.ts";
import { keepGrant } from "../sign-in/keep-grant.ts";

/**
 * Makes a pending account active (or limited). Only one call can, and only within its time; all that was checked when
 * the grant came is checked again.
 * @param request.id the link's
 * @throws Problem `connect_code_invalid`, `account_revoked`, `user_tokens_disabled`, `cannot_unseal`; ConnectRefusal as
 *   a connect. Nothing is changed then
 */
export async function completeConnect(
  deps: TokenDeps & { userTokensEnabled: boolean },
  request: { id: string; by: DecidedBy },
): Promise<{ userId: string; provider: string }> {
  const { id, by } = request;
  if (!deps.userTokensEnabled) {
    throw new Problem("user_tokens_disabled", "The operator has switched off acting as a person: nobody can connect.");
  }
  const pending = await openPendingConnect(deps, id);
  const link = pending && (await readConnectLink(deps.database, { id }));
  const provider = pending && deps.providers.get(pending.provider);
  if (!pending || !link || !provider) throw codeInvalid();
  const { userId, identityId, pair, askedAt } = pending;
  const profile = await readProfile(deps.database, identityId);
  if (!profile) throw codeInvalid();
  // What they ended meanwhile would look connected until somebody uses it. An outage there keeps nobody from completing.
  const state = await provider.check(pair.accessToken, pair.metadata).catch(() => "unknown");
  if (state === "dead") {
    const says = `The person ended this authorisation at ${provider.name} again. They can connect with a new link.`;
    throw new Problem("account_revoked", says);
  }
  await keepGrant(deps, {
    userId,
    provider,
    pair,
    profile,
    askedAt,
    offerIds: link.offerIds,
    audit: by,
    link: {
      id,
      async take(transaction) {
        if (!(await takePendingConnect(transaction, id))) throw codeInvalid();
        await settleConnectLink(transaction, id, "connected");
        const refused = { userId, provider: provider.id, offerIds: link.refusedOfferIds };
        await refuseOffers(transaction, refused);
      },
    },
  });
  return { userId, provider: provider.id };
}

/** One sentence for all of them: who holds a code that isn't theirs learns nothing of it. */
export function codeInvalid(): Problem {
  return new Problem(
    "connect_code_invalid",
    "The code is unknown, used, older than 10 minutes, or for another user. Make a new link, and post the code for the user who is signed in where it arrives.",
  );
}
