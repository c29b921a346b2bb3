import type { Profile, TokenPair } from "../../grant.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import { ForgedCallback } from "../../providers/forgery.ts";
import type { Provider } from "../../providers/provider.ts";
import { type Purpose, useTransaction } from "../../store/oauth-transactions.ts";
import { discardToken } from "../accounts/discard-token.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { ConnectRefusal } from "./connect-refusal.ts";
import { codeVerifier, hashSecret, nonceOf } from "./secrets.ts";
import { callbackUrl } from "./start-authorization.ts";

export interface Callback {
  state: string | undefined;
  code: string | undefined;
  error: string | undefined;
  /** Every parameter that was given once, those above among them. */
  parameters: Readonly<Record<string, string>>;
}

/** A pair of which is known what was granted with it. */
export type GrantedPair = TokenPair & { scopes: readonly string[] };

/** What a callback brought: tokens that nobody keeps yet, and whose they are. */
export interface Granted {
  purpose: Purpose;
  /** A path of ours. */
  returnTo: string | null;
  /** The offers that the person was shown and did not refuse. */
  offerIds?: string[];
  /** The connect link that it began with; null: the accounts page. */
  linkId?: string | null;
  /** Its `scopes` are what was asked for where the provider named none. */
  pair: GrantedPair;
  profile: Profile;
  /** When the state was used up, just before the pair was asked for, on the database's clock. */
  askedAt: Date;
}

/**
 * Takes a provider's callback: uses the state up, exchanges the code, and asks at once whose token it is, since a
 * person may have picked another account than last time.
 * @throws ConnectRefusal for every state, consent and code that is not good; Problem when the provider failed
 */
export async function finishAuthorization(
  deps: TokenDeps,
  request: { provider: Provider; callback: Callback; sessionSecret: string | undefined },
): Promise<Granted> {
  const { provider, callback, sessionSecret } = request;
  const { state, code, error } = callback;
  if (!state) throw new ConnectRefusal("state_unknown");
  const transaction = await useTransaction(deps.database, {
    id: hashSecret(state),
    sessionId: sessionSecret ? hashSecret(sessionSecret) : null,
    provider: provider.id,
  });
  if (typeof transaction === "string") throw new ConnectRefusal(`state_${transaction}`);
  if (error === "access_denied") throw new ConnectRefusal("consent_refused");
  if (error || !code || !sessionSecret) {
    deps.log.error({ provider: provider.id, providerError: error }, "the provider sent an error instead of a code");
    throw new ConnectRefusal("provider_refused");
  }
  const exchanged = await provider
    .exchange({
      parameters: callback.parameters,
      code,
      state,
      codeVerifier: codeVerifier(sessionSecret, state),
      nonce: nonceOf(sessionSecret, state),
      redirectUri: callbackUrl(deps, provider.id),
    })
    .catch((failure) => {
      if (failure instanceof ForgedCallback) {
        deps.log.warn({ err: failure, provider: provider.id }, "a callback was not the provider's");
        throw new ConnectRefusal(failure.code, { cause: failure });
      }
      if (failure instanceof ProviderFailure && failure.kind === "refused") {
        const unverified = failure.providerCode === "unverified_user_email";
        throw new ConnectRefusal(unverified ? "email_unverified" : "code_expired", { cause: failure });
      }
      if (failure instanceof ProviderFailure && failure.kind === "ours") {
        deps.log.error({ err: failure, provider: provider.id }, "the provider refused onbehalf's own credentials");
      }
      throw providerProblem(failure, provider);
    });
  const { claims: _claims, ...tokens } = exchanged;
  const pair = { ...tokens, scopes: exchanged.scopes ?? transaction.scopes };
  try {
    const profile = await provider.identify(exchanged);
    const { purpose, returnTo, offerIds, linkId, usedAt: askedAt } = transaction;
    return { purpose, returnTo, offerIds, linkId, pair, profile, askedAt };
  } catch (failure) {
    await discardToken(deps, { provider, pair, providerUid: null, purpose: transaction.purpose });
    if (failure instanceof ForgedCallback) throw new ConnectRefusal(failure.code, { cause: failure });
    throw providerProblem(failure, provider);
  }
}
