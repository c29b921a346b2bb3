import type { TokenPair } from "../grant.ts";
import type { Provider } from "../providers/provider.ts";
import { addPendingRevocation } from "../store/accounts/pending-revocations.ts";
import { tryEndPendingRevocation } from "./end-pending-revocation.ts";
import type { TokenDeps } from "./refreshing.ts";

/**
 * Ends a token that isn't kept, and nothing else: deleting the grant would kill every token of that person, also those
 * of an account that somebody rightfully holds. What the provider doesn't confirm now is tried again later.
 */
export async function discardToken(
  deps: TokenDeps,
  unwanted: { provider: Provider; pair: TokenPair; userId: string | null; identityId: string | null },
): Promise<void> {
  const { provider, pair, userId, identityId } = unwanted;
  const id = await addPendingRevocation(deps, deps.database, {
    provider: provider.id,
    kind: "token",
    userId,
    identityId,
    tokens: pair,
    accessExpiresAt: pair.accessExpiresIn === null ? null : new Date(Date.now() + pair.accessExpiresIn * 1000),
  });
  await tryEndPendingRevocation(deps, id);
}
