import type { Provider } from "../../providers/provider.ts";
import type { Database } from "../../store/database.ts";
import { createTransaction, type Purpose } from "../../store/oauth-transactions.ts";
import { codeChallenge, codeVerifier, hashSecret, newSecret } from "./secrets.ts";

/** Where a provider sends the browser back to: one address per provider (a defence against mix-up, RFC 9207 1). */
export function callbackUrl(deps: { publicUrl: string }, provider: string): string {
  return `${deps.publicUrl}/connect/${provider}/callback`;
}

/**
 * Begins a sign-in or a connect: remembers a single-use state for this browser session.
 * @param request.offerIds the offers that a connect accepts
 * @returns the provider's address to send the browser to
 */
export async function startAuthorization(
  deps: { database: Database; publicUrl: string },
  request: {
    provider: Provider;
    purpose: Purpose;
    sessionSecret: string;
    returnTo: string | null;
    offerIds?: string[];
  },
): Promise<string> {
  const state = newSecret();
  await createTransaction(deps.database, {
    id: hashSecret(state),
    sessionId: hashSecret(request.sessionSecret),
    provider: request.provider.id,
    purpose: request.purpose,
    returnTo: request.returnTo,
    offerIds: request.offerIds ?? [],
  });
  return request.provider.authorizeUrl({
    redirectUri: callbackUrl(deps, request.provider.id),
    state,
    codeChallenge: codeChallenge(codeVerifier(request.sessionSecret, state)),
  });
}
