import { ProviderFailure } from "../../providers/failure.ts";
import { ForgedCallback } from "../../providers/forgery.ts";
import { boundedFetch } from "../../providers/outgoing.ts";
import type { Provider } from "../../providers/provider.ts";
import { words } from "../doctor/examination.ts";
import { type Finding, failure, ok, warning } from "../doctor/finding.ts";
import { callbackUrl } from "../sign-in/start-authorization.ts";

/** No code and no state look like this, and a verifier has 43 characters (RFC 7636 4.1). */
const nonsense = "onbehalf-providers-check";
const verifier = nonsense.padEnd(43, "-");

export interface ProviderCheck extends Finding {
  id: "authorize" | "page" | "client" | "revocation";
}

interface Place {
  fetch: typeof globalThis.fetch;
  publicUrl: string;
}

/**
 * Asks a provider what can be asked without a person: for its description of itself, where it is found so, for the page
 * that people would see, and with a nonsense code whether it knows our client. Changes nothing anywhere.
 */
export async function checkProvider(deps: Place, provider: Provider): Promise<ProviderCheck[]> {
  const redirectUri = callbackUrl(deps, provider.id);
  const scopes = provider.scopes.asked;
  const asking = {
    purpose: "connect",
    redirectUri,
    state: nonsense,
    codeChallenge: verifier,
    nonce: nonsense,
  } as const;
  let address: string;
  try {
    address = await provider.authorizeUrl({ ...asking, scopes, loginHint: null });
  } catch (error) {
    return [{ id: "authorize", ...whyNot(error, provider) }];
  }
  const [page, client] = await Promise.all([
    checkPage(deps, provider, { address, redirectUri }),
    checkClient(provider, { redirectUri, issuer: new URL(address).origin }),
  ]);
  return [
    { id: "authorize", ...ok(`People authorise at ${new URL(address).origin}${new URL(address).pathname}.`) },
    { id: "page", ...page },
    { id: "client", ...client },
    { id: "revocation", ...revocation(provider) },
  ];
}

function whyNot(error: unknown, { name }: Provider): Finding {
  if (!(error instanceof ProviderFailure)) throw error;
  const says = `${name} can't be used: ${words(error)}.`;
  if (error.kind === "ours")
    return failure(says, "Correct the issuer: it is written exactly as the provider writes it.");
  return failure(says, "See that its address is right and that this machine reaches it.");
}

/** What a browser would get. Providers refuse an unknown client or callback URL here, and tell nobody but the person. */
async function checkPage(
  deps: Place,
  { name }: Provider,
  { address, redirectUri }: { address: string; redirectUri: string },
): Promise<Finding> {
  let status: number;
  try {
    const answer = await boundedFetch(deps.fetch)(address, {
      headers: { accept: "text/html", "user-agent": "onbehalf" },
    });
    status = answer.status;
  } catch (error) {
    return failure(`${name}'s page can't be had: ${words(error)}.`, "See that this machine reaches it.");
  }
  if (status >= 500) return failure(`${name}'s page answers ${status}.`, "Try again later.");
  if (status === 403 || status === 429) {
    return warning(`${name}'s page answers ${status}, perhaps since no browser asks: a connect that works shows more.`);
  }
  if (status < 400) return ok(`${name} shows its page for our client id and callback URL.`);
  const repair = `See that the client id is right, and register ${redirectUri} as callback URL, with these scopes.`;
  return failure(`${name}'s page answers ${status} to our client id, callback URL and scopes.`, repair);
}

/** Whether the provider refuses only the nonsense code that it is sent. */
async function checkClient(
  provider: Provider,
  { redirectUri, issuer }: { redirectUri: string; issuer: string },
): Promise<Finding> {
  const { name } = provider;
  const request = { code: nonsense, state: nonsense, codeVerifier: verifier, nonce: nonsense, redirectUri };
  const exchange = (iss?: string) => provider.exchange({ ...request, parameters: iss === undefined ? {} : { iss } });
  try {
    // Some want to be named in each callback (RFC 9207), most of them by their pages' origin.
    await exchange().catch((error: unknown) => {
      if (error instanceof ForgedCallback && error.code === "issuer_mismatch") return exchange(issuer);
      throw error;
    });
    return warning(`${name} gave tokens for a nonsense code.`);
  } catch (error) {
    if (error instanceof ForgedCallback) {
      return ok(`${name} tells whether it takes our client only in a real connect.`);
    }
    if (!(error instanceof ProviderFailure)) throw error;
    const code = error.providerCode ?? error.kind;
    if (error.kind === "refused") return ok(`${name} takes our client id and secret.`);
    if (error.kind === "ours") {
      const repair = "Take both anew from the provider's settings, and see how it wants them (client_authentication).";
      return failure(`${name} refuses our client id and secret, or their settings ("${code}").`, repair);
    }
    if (error.kind === "garbled") return warning(`${name} answered "${code}" where a refused code was expected.`);
    return failure(`${name}'s token endpoint can't be asked: ${words(error)}.`, "See that this machine reaches it.");
  }
}

function revocation({ name, grantEnd, settingsUrl }: Provider): Finding {
  if (grantEnd) return ok("A disconnect ends the grant there.");
  return ok(`${name} lets an app end no grant: after a disconnect the person is shown ${settingsUrl}.`);
}
