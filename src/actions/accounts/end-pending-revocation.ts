import type { TokenPair } from "../../grant.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import type { Provider } from "../../providers/provider.ts";
import type { OpenedTokens } from "../../store/accounts/account.ts";
import {
  claimRevocation,
  keepRefreshedTokens,
  type PendingRevocation,
} from "../../store/accounts/pending-revocations.ts";
import { leaveUnconfirmed, postponeRevocation, removeRevocation } from "../../store/accounts/revocation-state.ts";
import { insist } from "./insist.ts";
import type { TokenDeps } from "./refreshing.ts";

export type EndingDeps = Pick<TokenDeps, "database" | "keyring" | "providers" | "log">;

/**
 * Ends one grant or token at its provider, and keeps the queue's row until the provider confirms.
 * @param id which one; without it, the one that is due longest
 * @returns whether there was one to claim
 */
export async function endPendingRevocation(deps: EndingDeps, id?: string): Promise<boolean> {
  const revocation = await claimRevocation(deps, id);
  if (!revocation) return false;
  const provider = deps.providers.get(revocation.provider);
  try {
    if (!provider) throw new ProviderFailure("ours", `provider ${revocation.provider} is not configured`);
    const outcome = await (revocation.kind === "token"
      ? endToken(provider, revocation)
      : endGrant(deps, provider, revocation));
    if (outcome === "ended") await removeRevocation(deps.database, revocation.id);
    else if (outcome === "too early") {
      await postponeRevocation(deps.database, revocation.id, "a refresh was under way, whose tokens may come yet");
    } else
      await leaveUnconfirmed(deps.database, revocation.id, "the tokens were dead, so the provider could not be asked");
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    deps.log.warn(
      { err: error, revocation: revocation.id },
      "a revocation is not confirmed yet; it will be tried again",
    );
    await postponeRevocation(deps.database, revocation.id, error.message);
  }
  return true;
}

/** Ends one at once if that can be; whatever goes wrong, the row stays in the queue and is tried again. */
export async function tryEndPendingRevocation(deps: EndingDeps, id: string): Promise<void> {
  try {
    await endPendingRevocation(deps, id);
  } catch (error) {
    deps.log.warn({ err: error, revocation: id }, "a revocation could not be tried now; it stays in the queue");
  }
}

async function endToken(provider: Provider, revocation: PendingRevocation): Promise<"ended"> {
  // An unknown token is as gone as an ended one.
  await provider.endToken(revocation.tokens.accessToken);
  return "ended";
}

/** GitHub deletes a grant only for a valid token (facts/github.md, 4), so a stale one is renewed first. */
async function endGrant(
  deps: EndingDeps,
  provider: Provider,
  revocation: PendingRevocation,
): Promise<"ended" | "unconfirmed" | "too early"> {
  const { accessExpiresAt, readAt, refreshUntil, tokens } = revocation;
  const current = !accessExpiresAt || accessExpiresAt > readAt;
  if (current && (await provider.endGrant(tokens.accessToken)) === "ended") return "ended";
  // What was not found is gone, the grant with it; unless GitHub ended this one token, as it does with an eleventh
  // (facts/github.md, 3). Then the pair can still be renewed.
  const { refreshToken } = tokens;
  const pair = refreshToken === null ? null : await renew(provider, refreshToken);
  if (!refreshToken || !pair) {
    if (!refreshUntil) return current ? "ended" : "unconfirmed";
    // Whoever refreshed may have the living pair, and queues it when it comes; or has died with it.
    return refreshUntil > readAt ? "too early" : "unconfirmed";
  }
  const renewed: OpenedTokens = { accessToken: pair.accessToken, refreshToken: pair.refreshToken ?? refreshToken };
  const keep = () => keepRefreshedTokens(deps, revocation, { tokens: renewed, accessExpiresIn: pair.accessExpiresIn });
  const kept = await keep().then(
    () => true,
    () => false,
  );
  try {
    await provider.endGrant(renewed.accessToken);
    return "ended";
  } catch (error) {
    // The pair that the queue has is spent, so without this one the grant could never be ended.
    if (!kept) await insist(deps, "a renewed token, which must be ended,", keep);
    throw error;
  }
}

/** @returns null: the refresh token is dead */
async function renew(provider: Provider, refreshToken: string): Promise<TokenPair | null> {
  try {
    return await provider.refresh(refreshToken);
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === "refused") return null;
    throw error;
  }
}
