import { Problem } from "../../errors.ts";
import type { Profile } from "../../grant.ts";
import type { Provider } from "../../providers/provider.ts";
import { type Account, openTokens } from "../../store/accounts/account.ts";
import { addPendingRevocation } from "../../store/accounts/pending-revocations.ts";
import { lockUserAccount } from "../../store/accounts/read-account.ts";
import { hashNames } from "../../store/accounts/refresh-token-names.ts";
import { forgetUnconfirmed } from "../../store/accounts/revocation-state.ts";
import { storeConnectedAccount } from "../../store/accounts/store-connected.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { type Queryable, violates } from "../../store/database.ts";
import { type Lookup, openLookup } from "../../store/erasure/lookup-keys.ts";
import { assignIdentity, type Identity, saveIdentity } from "../../store/identities.ts";
import { tryEndPendingRevocation } from "../accounts/end-pending-revocation.ts";
import { stateFor } from "../accounts/granted-state.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { diedMeanwhile, outliveRevocation } from "../accounts/wait-for-revocation.ts";
import { acceptOffers } from "../delegations/accept-offers.ts";
import { ConnectRefusal } from "./connect-refusal.ts";
import type { GrantedPair } from "./finish-authorization.ts";
import { requireActiveUser, requireNoTombstone } from "./require-admitted.ts";
import { requireConnectable } from "./require-connectable.ts";
import { takeOverIdentities } from "./take-over-identities.ts";

/**
 * Keeps a pair as a user's account. The token that it takes the place of is ended, so that connecting again and again
 * never fills GitHub's cap of ten tokens. Whatever this throws, nothing was stored.
 * @param grant.audit who decided it, for an event in the same transaction
 * @param grant.link the connect link that it came by; `take` ends what waits there, in the same transaction
 * @param grant.offerIds the offers that become delegations with it, unless the account is live already
 * @throws ConnectRefusal `identity_in_use`, `different_identity`, `revocation_running`, `user_deactivated`
 */
export async function keepGrant(
  deps: TokenDeps,
  grant: {
    userId: string;
    provider: Provider;
    pair: GrantedPair;
    profile: Profile;
    askedAt: Date;
    offerIds?: string[];
    audit?: DecidedBy;
    link?: { id: string; take(transaction: Queryable): Promise<void> };
  },
): Promise<Identity> {
  const { provider, profile, userId, link } = grant;
  const person = { provider: provider.id, profile };
  const key = { provider: provider.id, providerUid: profile.uid };
  const lookup = await openLookup(deps);
  await requireNoTombstone(deps.database, lookup, person);
  await outliveRevocation(deps, grant);
  const kept = await deps.database
    .transaction(async (transaction) => {
      const wish = { userId, provider, profile, byLink: link !== undefined };
      const { identity, before, takenFrom } = await requireConnectable(transaction, lookup, wish);
      await link?.take(transaction);
      if (takenFrom) await takeOverIdentities(transaction, { key, from: takenFrom, to: userId });
      await assignIdentity(transaction, identity.id, userId);
      await forgetUnconfirmed(transaction, identity.id);
      const replaced = await storeOver(deps, transaction, { before, identityId: identity.id, lookup, ...grant });
      if (!before || before.state === "revoked") {
        await acceptOffers(transaction, { userId, provider: provider.id, offerIds: grant.offerIds ?? [] });
      }
      if (grant.audit) {
        await writeAudit(transaction, {
          action: "connect",
          ...grant.audit,
          userId,
          identityId: identity.id,
          provider: provider.id,
          ...(link ? { detail: { link: link.id, ...(takenFrom ? { taken_from: takenFrom } : {}) } } : {}),
        });
      }
      return { identity, replaced };
    })
    .catch((error) => {
      if (!violates(error, "user_external_accounts_live_identity")) throw error;
      throw new ConnectRefusal("identity_in_use", { login: profile.login, cause: error });
    });
  if (kept.replaced) await tryEndPendingRevocation(deps, kept.replaced);
  return kept.identity;
}

/**
 * Puts a pair in the place of the stored one, where the user's account is live with that very identity and loses nothing
 * by it; else stores nothing, since only a connect makes an account of a grant.
 * @returns whether the pair was kept
 * @throws ConnectRefusal `user_deactivated`
 */
export async function replaceGrant(
  deps: TokenDeps,
  grant: { userId: string; provider: Provider; pair: GrantedPair; profile: Profile; askedAt: Date },
): Promise<boolean> {
  const { userId, provider, profile } = grant;
  if (await diedMeanwhile(deps, grant)) return false;
  const lookup = await openLookup(deps);
  const kept = await deps.database.transaction(async (transaction) => {
    await requireActiveUser(transaction, userId, { provider: provider.id, profile });
    // The identity before the account, as a disconnect does: whichever comes second sees what the first one left.
    const { id: identityId } = await saveIdentity(transaction, provider.id, profile);
    const before = await lockUserAccount(transaction, { userId, provider: provider.id });
    if (before?.identityId !== identityId || !["active", "limited"].includes(before.state)) return null;
    if (!isAsGood(grant.pair, before)) return null;
    return { replaced: await storeOver(deps, transaction, { before, identityId, lookup, ...grant }) };
  });
  if (kept?.replaced) await tryEndPendingRevocation(deps, kept.replaced);
  return kept !== null;
}

/** A sign-in may ask for less than a connect did, and a person may grant it less. */
function isAsGood(pair: GrantedPair, before: Account): boolean {
  const renewable = pair.refreshToken !== null || before.sealedRefreshToken === null;
  return renewable && before.scopes.every((scope) => pair.scopes.includes(scope));
}

/**
 * Stores a pair over the account as it was, whose token goes into the queue of those to end.
 * @returns the queue's row
 */
async function storeOver(
  deps: TokenDeps,
  transaction: Queryable,
  kept: {
    before: Account | null;
    userId: string;
    provider: Provider;
    identityId: string;
    pair: GrantedPair;
    lookup: Lookup;
  },
): Promise<string | null> {
  const { before, userId, identityId, pair } = kept;
  const provider = kept.provider.id;
  const state = stateFor(kept.provider, pair.scopes);
  const names = pair.refreshToken === null ? null : kept.provider.refreshTokenNames?.(pair.refreshToken);
  const nameHashes = names ? hashNames(kept.lookup, provider, names) : null;
  await storeConnectedAccount(deps, transaction, { userId, provider, identityId, state, pair, nameHashes });
  const tokens = before && openReplaced(deps, before);
  if (!tokens) return null;
  return addPendingRevocation(deps, transaction, {
    provider,
    kind: "token",
    userId,
    identityId,
    // The refresh token of the pair before must not outlive it here.
    tokens: { accessToken: tokens.accessToken, refreshToken: null },
    accessExpiresAt: before.accessExpiresAt,
  });
}

/** What doesn't open can't be ended, which must not keep its person from connecting anew: nothing else repairs it. */
function openReplaced(deps: TokenDeps, before: Account): ReturnType<typeof openTokens> {
  try {
    return openTokens(deps.keyring, before);
  } catch (error) {
    if (!(error instanceof Problem && error.code === "cannot_unseal")) throw error;
    deps.log.error({ err: error, account: before.id }, "a token that was replaced does not open; it was not ended");
    return null;
  }
}
