import { Problem } from "../../errors.ts";
import type { TokenPair } from "../../grant.ts";
import type { Provider } from "../../providers/provider.ts";
import { holdsToken } from "../../store/accounts/account.ts";
import { pendingConnectHolds } from "../../store/accounts/pending-connects.ts";
import { addPendingRevocation } from "../../store/accounts/pending-revocations.ts";
import { readAccountOfIdentity } from "../../store/accounts/read-account.ts";
import { openLookup } from "../../store/erasure/lookup-keys.ts";
import { findTombstone, identityHash } from "../../store/erasure/tombstones.ts";
import { lockIdentity } from "../../store/identities.ts";
import { tryEndPendingRevocation } from "./end-pending-revocation.ts";
import { endingOf } from "./ending-of.ts";
import { insist } from "./insist.ts";
import { inBackground, type TokenDeps } from "./refreshing.ts";

interface Unwanted {
  provider: Provider;
  pair: TokenPair;
  /** Whose token it is; null: nobody knows. */
  providerUid: string | null;
  /** A sign-in ends no grant. */
  purpose: "sign_in" | "connect";
  /** The connect link that it came from. */
  linkId?: string | null;
}

/**
 * Ends a token that isn't kept, and nothing else: deleting the grant would kill every token of that person, also those
 * of an account that somebody rightfully holds. The whole grant is ended only where nobody can hold it: of a person who
 * is refused for good, and where a provider ends no single tokens, of one who is no user here. What the provider doesn't confirm now is tried again later; while the
 * database is away it is done behind the caller's back, since nobody else has that token.
 */
export async function discardToken(deps: TokenDeps, unwanted: Unwanted): Promise<void> {
  const { accessExpiresIn } = unwanted.pair;
  const accessExpiresAt = accessExpiresIn === null ? null : new Date(Date.now() + accessExpiresIn * 1000);
  const discard = async () => {
    const id = await queueUnlessKept(deps, { ...unwanted, accessExpiresAt });
    if (id !== null) await tryEndPendingRevocation(deps, id);
  };
  try {
    await discard();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "database_unavailable") throw error;
    inBackground(deps, insist(deps, "a token that isn't kept", discard));
  }
}

/**
 * What kept a token can have been committed although its answer was lost: then it is the account's by now. The identity
 * is locked first, as a connect locks it, so that one which is still being committed is waited for.
 * @returns the queue's row; null when an account has the token
 */
async function queueUnlessKept(
  deps: TokenDeps,
  unwanted: Unwanted & { accessExpiresAt: Date | null },
): Promise<string | null> {
  const { pair, providerUid, accessExpiresAt, purpose, linkId } = unwanted;
  const { accessToken } = pair;
  const { id: provider } = unwanted.provider;
  const lookup = await openLookup(deps);
  return deps.database.transaction(async (transaction) => {
    const identity = providerUid === null ? null : await lockIdentity(transaction, { provider, providerUid });
    const account = identity && (await readAccountOfIdentity(transaction, identity));
    if (account && holdsToken(deps.keyring, account, accessToken)) return null;
    if (linkId && (await pendingConnectHolds(deps, transaction, { id: linkId, accessToken }))) return null;
    const refused =
      providerUid !== null && !account
        ? await findTombstone(transaction, identityHash(lookup, { provider, providerUid }))
        : null;
    const mayEndGrant = purpose === "connect" && providerUid !== null;
    const kind = mayEndGrant ? await endingOf(transaction, unwanted.provider, identity) : "token";
    return addPendingRevocation(deps, transaction, {
      provider,
      kind: refused ? "grant" : kind,
      userId: refused?.userId ?? null,
      identityId: identity?.id ?? null,
      tokens: pair,
      accessExpiresAt,
    });
  });
}
