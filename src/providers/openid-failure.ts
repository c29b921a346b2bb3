import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from "openid-client";
import { ProviderFailure } from "./failure.ts";

/** Error codes of the token endpoint (RFC 6749 5.2) that are about a grant, and those about our own client. */
const aboutTheGrant = ["invalid_grant"];
const aboutUs = [
  "invalid_client",
  "unauthorized_client",
  "unsupported_grant_type",
  "redirect_uri_mismatch",
  "invalid_scope",
];

/** Error codes of a provider's own. */
export interface ErrorCodes {
  refused: readonly string[];
  ours: readonly string[];
}

/**
 * What an error of openid-client's means. Its own messages and causes are left out of ours: they quote what a provider
 * answered, which may hold a token.
 * @param error thrown by a call of the token or revocation endpoint, or of the provider's description of itself
 */
export function openidFailure(error: unknown, provider: { name: string; errors?: ErrorCodes | undefined }): unknown {
  const { name, errors } = provider;
  const inside = failureWithin(error);
  if (inside) return inside;
  if (error instanceof ResponseBodyError) {
    const { error: code } = error;
    const named = subtypeOf(error.cause) ?? code;
    const refused = aboutTheGrant.includes(code) || errors?.refused.includes(code);
    const ours = aboutUs.includes(code) || errors?.ours.includes(code);
    const kind = refused ? "refused" : ours ? "ours" : "garbled";
    return new ProviderFailure(kind, `${name} answered ${printable(named)}`, { providerCode: printable(named) });
  }
  // With a challenge a 401 is about the client's own credentials (RFC 6749 5.2).
  if (error instanceof WWWAuthenticateChallengeError) {
    return new ProviderFailure("ours", `${name} refused our client id and secret`, { providerCode: "invalid_client" });
  }
  if (error instanceof ClientError || error instanceof TypeError) {
    const code = error instanceof ClientError && typeof error.code === "string" ? ` (${error.code})` : "";
    return new ProviderFailure("garbled", `${name}'s answer could not be understood${code}`);
  }
  return error;
}

/** The failure of the call itself, which openid-client wraps. */
function failureWithin(error: unknown): ProviderFailure | null {
  for (let inner = error, depth = 0; inner instanceof Error && depth < 5; inner = inner.cause, depth++) {
    if (inner instanceof ProviderFailure) return inner;
  }
  return null;
}

/** Google says more exactly what it refuses for, such as `invalid_rapt` (facts/google.md). */
function subtypeOf(body: unknown): string | null {
  if (typeof body !== "object" || body === null || !("error_subtype" in body)) return null;
  return typeof body.error_subtype === "string" && body.error_subtype !== "" ? body.error_subtype : null;
}

function printable(code: string): string {
  return /^[\x20-\x7e]{1,100}$/.test(code) ? code : "an error";
}
