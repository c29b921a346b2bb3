/** What a browser brings to a callback that this provider can't have said, or said of somebody whom it must not be about. */
export type CallbackForgery = "issuer_mismatch" | "host_not_allowed" | "identity_unverified" | "domain_not_allowed";

/** A callback that isn't this provider's. */
export class ForgedCallback extends Error {
  readonly code: CallbackForgery;

  constructor(code: CallbackForgery, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "ForgedCallback";
    this.code = code;
  }
}

/** Why what comes to a hook isn't believed; the sender is answered with it. */
export type HookForgery =
  | "signature_invalid"
  | "event_signature"
  | "event_garbled"
  | "event_algorithm"
  | "event_key_unknown"
  | "event_issuer"
  | "event_audience";

/** An event that isn't this provider's. */
export class ForgedEvent extends Error {
  readonly code: HookForgery;

  constructor(code: HookForgery, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "ForgedEvent";
    this.code = code;
  }
}
