import { z } from "zod";
import { ProviderFailure } from "./failure.ts";
import type { JsonAnswer } from "./json-call.ts";
import { waitSeconds } from "./rate-limit.ts";

/** Error codes of a provider's own, beside those of RFC 6749, 5.2. */
export interface OwnErrors {
  /** About this grant or code alone: it is over. */
  refused: readonly string[];
  /** About our client or its settings. */
  ours: readonly string[];
  /** About an access token that isn't taken any more. */
  unauthorized: readonly string[];
}

const aboutTheGrant = ["invalid_grant"];
const aboutUs = ["invalid_client", "unauthorized_client", "unsupported_grant_type", "redirect_uri_mismatch"];
const aboutTheToken = ["invalid_token"];
const errorAnswer = z.object({ error: z.string().max(200) });

/** The error code of an answer; providers send one with any status, also with 200. */
export function errorCode(body: unknown): string | null {
  return errorAnswer.safeParse(body).data?.error ?? null;
}

/**
 * What the answer of a token or revocation endpoint means; null: nothing speaks against it. Only a code that is
 * understood refuses or blames our client: a 4xx without one is garbled, since a proxy or a changed address answers so.
 */
export function tokenFailure(answer: JsonAnswer, { name, errors }: { name: string; errors: OwnErrors }) {
  const code = errorCode(answer.body);
  const early = unavailable(answer, name);
  if (early) return early;
  if (code === null && answer.status >= 200 && answer.status < 300) return null;
  const options = { providerCode: code ?? String(answer.status) };
  if (code !== null) {
    const isOf = (known: readonly string[], own: readonly string[]) => known.includes(code) || own.includes(code);
    if (isOf(aboutTheGrant, errors.refused)) return new ProviderFailure("refused", `${name} refused it`, options);
    if (isOf(aboutUs, errors.ours)) return new ProviderFailure("ours", `${name} refused our client`, options);
  }
  return new ProviderFailure("garbled", `${name} answered ${answer.status}, which is not understood`, options);
}

/** The same of a call that carries an access token and nothing of our client's. */
export function callFailure(answer: JsonAnswer, { name, errors }: { name: string; errors: OwnErrors }) {
  const early = unavailable(answer, name);
  if (early) return early;
  const code = errorCode(answer.body);
  const options = { providerCode: code ?? String(answer.status) };
  const dead = code !== null && (aboutTheToken.includes(code) || errors.unauthorized.includes(code));
  if (answer.status === 401 || dead) {
    return new ProviderFailure("unauthorized", `${name} did not accept the access token`, options);
  }
  if (code === null && answer.status >= 200 && answer.status < 300) return null;
  return new ProviderFailure("garbled", `${name} answered ${answer.status}, which is not understood`, options);
}

function unavailable({ status, header }: JsonAnswer, name: string): ProviderFailure | null {
  const options = { providerCode: String(status) };
  if (status === 429) {
    const retryAfter = waitSeconds({ header, nowSeconds: Date.now() / 1000 });
    return new ProviderFailure("throttled", `${name}'s rate limit is reached`, { ...options, retryAfter });
  }
  return status >= 500 ? new ProviderFailure("unreachable", `${name} answered ${status}`, options) : null;
}
