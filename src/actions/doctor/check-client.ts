import { appVariable } from "../../config/github-app.ts";
import type { Config } from "../../config/read-config.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import { createGithub } from "../../providers/github.ts";
import { callbackUrl } from "../sign-in/start-authorization.ts";
import { words } from "./examination.ts";
import { type Finding, failure, type Outcome, ok, warning } from "./finding.ts";

/** No code of GitHub's looks like this, and a verifier has 43 characters (RFC 7636 4.1). */
const nonsense = {
  parameters: {},
  code: "onbehalf-doctor",
  state: "onbehalf-doctor",
  codeVerifier: "onbehalf-doctor".padEnd(43, "-"),
  nonce: "onbehalf-doctor",
};

/**
 * The client secret is right: GitHub says so by refusing only the nonsense code that it is sent.
 * @returns GitHub's error code, for the callback's check
 */
export async function checkClientSecret(
  deps: { fetch: typeof globalThis.fetch },
  config: Config,
): Promise<Outcome<{ code: string }>> {
  const clientId = appVariable(config.github.provider, "GITHUB_CLIENT_ID");
  const code = await refusal(deps, config);
  if (code instanceof Error) {
    const repair = "See that GITHUB_URL is right and that this machine reaches it.";
    return failure(`GitHub's token endpoint can't be asked: ${words(code)}`, repair);
  }
  if (code === "404") {
    const repair = `Take ${clientId} from the App's settings page, and see that GITHUB_URL is right.`;
    return failure("GitHub knows no App with this client id.", repair);
  }
  if (code === "incorrect_client_credentials") {
    const repair = `Make a new client secret on the App's settings page; ${clientId} is of the same App.`;
    return failure("GitHub refuses the client id with the client secret.", repair);
  }
  if (code === "bad_verification_code" || code === "redirect_uri_mismatch") {
    return { ...ok("GitHub takes the client id with the client secret."), value: { code } };
  }
  return warning(`GitHub answered "${code}" where a refused code was expected.`);
}

/** With which code GitHub refuses, or why it can't be told. */
async function refusal(deps: { fetch: typeof globalThis.fetch }, config: Config): Promise<string | Error> {
  const redirectUri = callbackUrl(config, config.github.provider);
  try {
    await createGithub(deps, config.github).exchange({ ...nonsense, redirectUri });
    return "a token";
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    const told = error.kind !== "unreachable" && error.kind !== "throttled" ? error.providerCode : undefined;
    return told ?? error;
  }
}

/** The callback URL stands on the App's settings page, as far as GitHub tells. */
export async function checkCallbackUrl(config: Config, { code }: { code: string }): Promise<Finding> {
  const url = callbackUrl(config, config.github.provider);
  if (code === "redirect_uri_mismatch") {
    const { webUrl } = config.github;
    const settings = `${webUrl}/settings/apps, or ${webUrl}/organizations/NAME/settings/apps for an organisation's App`;
    const repair = `Add it on the App's settings page (${settings}), or correct PUBLIC_URL.`;
    return failure(`${url} is no callback URL of the App.`, repair);
  }
  // Nothing that could be repaired: a warning would stand there for good.
  return ok(`GitHub doesn't tell whether ${url} is a callback URL of the App; a sign-in that works shows that it is.`);
}
