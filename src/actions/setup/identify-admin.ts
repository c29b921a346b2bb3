import type { Environment } from "../../config/environment.ts";
import type { Profile } from "../../grant.ts";
import type { Log } from "../../log.ts";
import { createGithub } from "../../providers/github.ts";
import type { Provider } from "../../providers/provider.ts";
import { codeChallenge, codeVerifier, nonceOf } from "../sign-in/secrets.ts";
import { callbackUrl } from "../sign-in/start-authorization.ts";

interface Browser {
  /** What only this browser knows; the PKCE verifier is made from it. */
  secret: string;
  state: string;
}

/** Where a person signs in with the new app, which has no database yet. */
export function adminSignInUrl(deps: { fetch: typeof globalThis.fetch }, environment: Environment, browser: Browser) {
  return providerOf(deps, environment).authorizeUrl({
    purpose: "sign_in",
    redirectUri: redirectUri(environment),
    state: browser.state,
    codeChallenge: codeChallenge(codeVerifier(browser.secret, browser.state)),
    nonce: nonceOf(browser.secret, browser.state),
    scopes: [],
    loginHint: null,
  });
}

/**
 * Who signed in. The token is ended at once; the grant stays, for the sign-ins to come.
 * @throws ProviderFailure
 */
export async function identifyAdmin(
  deps: { fetch: typeof globalThis.fetch; log: Log },
  environment: Environment,
  browser: Browser & { code: string },
): Promise<Profile> {
  const provider = providerOf(deps, environment);
  const granted = await provider.exchange({
    parameters: {},
    code: browser.code,
    state: browser.state,
    nonce: nonceOf(browser.secret, browser.state),
    codeVerifier: codeVerifier(browser.secret, browser.state),
    redirectUri: redirectUri(environment),
  });
  try {
    return await provider.identify(granted);
  } finally {
    await provider.endToken?.(granted.accessToken).catch((error) => {
      deps.log.warn({ err: error }, "the token of set-up's sign-in could not be ended; it ends by itself in 8 hours");
    });
  }
}

function providerOf(deps: { fetch: typeof globalThis.fetch }, environment: Environment): Provider {
  const value = (name: string) => environment[name] ?? "";
  return createGithub(deps, {
    clientId: value("GITHUB_CLIENT_ID"),
    clientSecret: value("GITHUB_CLIENT_SECRET"),
    webUrl: value("GITHUB_URL"),
    apiUrl: value("GITHUB_API_URL"),
  });
}

function redirectUri(environment: Environment): string {
  return callbackUrl({ publicUrl: environment.PUBLIC_URL ?? "" }, "github");
}
