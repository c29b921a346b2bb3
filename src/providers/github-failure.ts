import { RequestError } from "@octokit/request-error";
import type { Problem } from "../errors.ts";
import { ProviderFailure } from "./failure.ts";
import { rateLimitSeconds } from "./rate-limit.ts";
import { singleSignOnRequired } from "./single-sign-on.ts";

const aboutTheGrant = ["bad_refresh_token", "bad_verification_code", "unverified_user_email"];
const aboutUs = [
  "incorrect_client_credentials",
  "redirect_uri_mismatch",
  "unsupported_grant_type",
  "application_suspended",
  "invalid_client",
  "unauthorized_client",
];

/** Runs a call whose 404 is an answer. A 401 there is about our own client credentials. */
export async function foundAs(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await understood(call);
    return true;
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    if (error.providerCode === "404") return false;
    throw ourCredentials(error);
  }
}

/** Where a call carries our client id and secret, a 401 is about them (RFC 6749 5.2). */
export function ourCredentials(error: unknown): unknown {
  if (!(error instanceof ProviderFailure) || error.kind !== "unauthorized") return error;
  return new ProviderFailure("ours", "GitHub refused our client id and secret", { cause: error });
}

/** Maps what Octokit throws to what it means. */
export async function understood<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    const failure = error instanceof RequestError && error.cause instanceof ProviderFailure ? error.cause : error;
    if (failure instanceof ProviderFailure) throw failure;
    if (!(error instanceof RequestError)) {
      throw new ProviderFailure("garbled", "GitHub's answer could not be understood", { cause: error });
    }
    throw httpFailure(error);
  }
}

function httpFailure(error: RequestError): ProviderFailure {
  const { status } = error;
  const options = { providerCode: String(status), cause: error };
  const { message } = error;
  const retryAfter = rateLimitSeconds({ status, header: headerOf(error), message, nowSeconds: Date.now() / 1000 });
  if (retryAfter !== undefined) {
    return new ProviderFailure("throttled", "GitHub's rate limit is reached", { ...options, retryAfter });
  }
  if (status === 401) return new ProviderFailure("unauthorized", "GitHub did not accept the credentials", options);
  if (status >= 500) return new ProviderFailure("unreachable", `GitHub answered ${status}`, options);
  return new ProviderFailure("garbled", `GitHub answered ${status}`, options);
}

/** What stands behind a failed call, where that is an organisation's single sign-on. */
export function behindSingleSignOn(failure: ProviderFailure, options: { webUrl: string }): Problem | null {
  const error = failure.cause;
  if (!(error instanceof RequestError)) return null;
  return singleSignOnRequired({ header: headerOf(error), message: error.message }, options, failure);
}

function headerOf({ response }: RequestError): (name: string) => string | undefined {
  const headers = response?.headers ?? {};
  return (name) => (headers[name] === undefined ? undefined : String(headers[name]));
}

/** What an error of the token endpoint means; GitHub sends them with HTTP 200. */
export function oauthFailure(code: string): ProviderFailure {
  const kind = aboutTheGrant.includes(code) ? "refused" : aboutUs.includes(code) ? "ours" : "garbled";
  return new ProviderFailure(kind, `GitHub answered ${code}`, { providerCode: code });
}
