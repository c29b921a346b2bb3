import { redact } from "../redact.ts";

/**
 * How a provider's answer failed. These are kept apart everywhere, since only one of them ends an account:
 * - `unreachable`: no answer, a time-out, 5xx. Try again later.
 * - `throttled`: a rate limit. Try again when it says.
 * - `refused`: about this grant or code. It is over.
 * - `ours`: about our own credentials or addresses. An operator repairs it; nothing is erased.
 * - `garbled`: not an answer that can be understood. Try again later, never erase.
 * - `unauthorized`: the access token was not accepted; that proves nothing about the grant.
 */
export type FailureKind = "unreachable" | "throttled" | "refused" | "ours" | "garbled" | "unauthorized";

export class ProviderFailure extends Error {
  readonly kind: FailureKind;
  /** The provider's own error code, if it gave one. */
  readonly providerCode: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { providerCode?: string; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(redact(message), { cause: options.cause });
    this.name = "ProviderFailure";
    this.kind = kind;
    this.providerCode = options.providerCode;
    this.retryAfter = options.retryAfter;
  }
}
