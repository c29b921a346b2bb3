import type { TokenPair } from "../../grant.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import type { Provider } from "../../providers/provider.ts";
import type { OpenedTokens } from "../../store/accounts/account.ts";
import {
  addUnwantedPair,
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
  const claimed = await claimRevocation(deps, id);
  if (!claimed) return false;
  const { tokens } = claimed;
  if (!tokens) {
    deps.log.error({ revocation: claimed.id }, "the tokens of a revocation do not open: put their key back");
    await postponeRevocation(
      deps.database,
      claimed,
      "the tokens do not open: their key is missing, or they were altered",
    );
    return true;
  }
  const revocation = { ...claimed, tokens };
  const provider = deps.providers.get(revocation.provider);
  try {
    if (!provider) throw new ProviderFailure("ours", `provider ${revocation.provider} is not configured`);
    const outcome = await (revocation.kind === "token"
      ? endToken(provider, revocation)
      : endGrant(deps, provider, revocation));
    if (outcome === "ended") await removeRevocation(deps.database, { id: revocation.id });
    else if (outcome === "gone") await removeRevocation(deps.database, revocation);
    else if (outcome === "too early") {
      await postponeRevocation(deps.database, revocation, "a refresh was under way, whose tokens may come yet");
    } else if (outcome === "unconfirmed") {
      await leaveUnconfirmed(deps.database, revocation, "the tokens were dead, so the provider could not be asked");
    } else if (outcome === "impossible") {
      await leaveUnconfirmed(deps.database, revocation, "the provider lets an app end no grant");
    }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    deps.log.warn(
      { err: error, revocation: revocation.id },
      "a revocation is not confirmed yet; it will be tried again",
    );
    await postponeRevocation(deps.database, revocation, error.message);
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
  // An unknown token is as gone as an ended one. One that can't be ended without its grant is forgotten.
  await provider.endToken?.(revocation.tokens.accessToken);
  return "ended";
}

/**
 * Where only a valid token ends a grant (GitHub: facts/github.md, 4), a stale one is renewed first.
 * @returns `gone`: nothing of it is left, which the provider did not say itself; `handed over`: this process stood still for so long that another one has tried meanwhile
 */
async function endGrant(
  deps: EndingDeps,
  provider: Provider,
  revocation: PendingRevocation,
): Promise<"ended" | "gone" | "unconfirmed" | "impossible" | "too early" | "handed over"> {
  const { grantEnd } = provider;
  if (!grantEnd) return "impossible";
  const { accessExpiresAt, readAt, refreshUntil, tokens } = revocation;
  const anyToken = grantEnd.takes === "any_token";
  const current = anyToken || !accessExpiresAt || accessExpiresAt > readAt;
  if (current && (await grantEnd.end(tokens)) === "ended") return "ended";
  // What was not found is gone, the grant with it; unless GitHub ended this one token, as it does with an eleventh
  // (facts/github.md, 3). Then the pair can still be renewed.
  const { refreshToken } = tokens;
  const pair = refreshToken === null || anyToken ? null : await renew(provider, refreshToken);
  if (!refreshToken || !pair) {
    if (!refreshUntil) return current ? "gone" : "unconfirmed";
    // Whoever refreshed may have the living pair, and queues it when it comes; or has died with it.
    return refreshUntil > readAt ? "too early" : "unconfirmed";
  }
  const renewed: OpenedTokens = { accessToken: pair.accessToken, refreshToken: pair.refreshToken ?? refreshToken };
  const keep = () => keepRenewed(deps, revocation, renewed, pair.accessExpiresIn);
  const kept = await keep().catch(() => "unknown" as const);
  if (kept === "handed over") return kept;
  try {
    await grantEnd.end(renewed);
    return "ended";
  } catch (error) {
    // The pair that the queue has is spent, so without this one the grant could never be ended.
    if (kept === "unknown" && (await insist(deps, "a renewed token, which must be ended,", keep)) === "handed over") {
      return "handed over";
    }
    throw error;
  }
}

/**
 * Keeps a renewed pair in the queue. Whoever has claimed its row meanwhile has found dead tokens there, may have given
 * them up, and the person may have connected again since: then it is a pair like any other that nobody wants.
 */
async function keepRenewed(
  deps: EndingDeps,
  revocation: PendingRevocation,
  tokens: OpenedTokens,
  accessExpiresIn: number | null,
): Promise<"kept" | "handed over"> {
  if (await keepRefreshedTokens(deps, revocation, { tokens, accessExpiresIn })) return "kept";
  const accessExpiresAt =
    accessExpiresIn === null ? null : new Date(revocation.readAt.getTime() + accessExpiresIn * 1000);
  await addUnwantedPair(deps, revocation, { tokens, accessExpiresAt });
  return "handed over";
}

/** @returns null: the refresh token is dead */
async function renew(provider: Provider, refreshToken: string): Promise<TokenPair | null> {
  try {
    return await provider.refresh(refreshToken, {});
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === "refused") return null;
    throw error;
  }
}
