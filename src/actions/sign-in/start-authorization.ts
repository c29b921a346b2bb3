import { Problem } from "../../errors.ts";
import type { Provider } from "../../providers/provider.ts";
import type { Database } from "../../store/database.ts";
import { createTransaction, type Purpose } from "../../store/oauth-transactions.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { codeChallenge, codeVerifier, hashSecret, newSecret, nonceOf } from "./secrets.ts";

/** Where a provider sends the browser back to: one address per provider (a defence against mix-up, RFC 9207 1). */
export function callbackUrl(deps: { publicUrl: string }, provider: string): string {
  return `${deps.publicUrl}/connect/${provider}/callback`;
}

/**
 * Begins a sign-in or a connect: remembers a single-use state for this browser session.
 * @param request.offerIds the offers that a connect accepts
 * @param request.linkId the connect link that it comes from
 * @param request.moreScopes beside those that the provider is always asked for; only from its own list
 * @returns the provider's address to send the browser to
 * @throws Problem `bad_request` for a scope that isn't on the list, or what the provider failed with
 */
export async function startAuthorization(
  deps: { database: Database; publicUrl: string },
  request: {
    provider: Provider;
    purpose: Purpose;
    sessionSecret: string;
    returnTo: string | null;
    offerIds?: string[];
    moreScopes?: readonly string[];
    loginHint?: string | null;
    linkId?: string;
  },
): Promise<string> {
  const { provider, purpose, sessionSecret } = request;
  const state = newSecret();
  const { signIn } = provider.scopes;
  const scopes = purpose === "sign_in" && signIn ? [...signIn] : askedScopes(provider, request.moreScopes ?? []);
  await createTransaction(deps.database, {
    id: hashSecret(state),
    sessionId: hashSecret(sessionSecret),
    provider: provider.id,
    purpose,
    returnTo: request.returnTo,
    offerIds: request.offerIds ?? [],
    scopes,
    linkId: request.linkId ?? null,
  });
  return provider
    .authorizeUrl({
      purpose,
      redirectUri: callbackUrl(deps, provider.id),
      state,
      codeChallenge: codeChallenge(codeVerifier(sessionSecret, state)),
      nonce: nonceOf(sessionSecret, state),
      scopes,
      loginHint: request.loginHint ?? null,
    })
    .catch((failure) => {
      throw providerProblem(failure, provider);
    });
}

/**
 * What a provider is asked for.
 * @param more beside what it is always asked for
 * @throws Problem `bad_request` for a scope that isn't on its list
 */
export function askedScopes({ name, scopes }: Provider, more: readonly string[]): string[] {
  const known = [...scopes.asked, ...scopes.optional];
  const unknown = more.find((scope) => !known.includes(scope));
  if (unknown !== undefined) {
    const may = scopes.optional.length > 0 ? `Of ${scopes.optional.join(", ")}` : "Nothing more";
    throw new Problem(
      "bad_request",
      `"${unknown}" is no scope that ${name} may be asked for here. ${may} can be asked for.`,
    );
  }
  return [...new Set([...scopes.asked, ...more])];
}
