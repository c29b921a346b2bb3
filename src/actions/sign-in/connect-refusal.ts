/** Why a sign-in or a connect came to nothing. Each has a page that says what happened and what to do. */
export const connectRefusalReasons = [
  "state_unknown",
  "state_used",
  "state_expired",
  "state_foreign",
  "consent_refused",
  "code_expired",
  "email_unverified",
  "signed_out",
  "sign_in_closed",
  "user_deactivated",
  "identity_in_use",
  "different_identity",
  "revocation_running",
  "user_tokens_disabled",
  "provider_refused",
  "issuer_mismatch",
  "host_not_allowed",
  "identity_unverified",
  "domain_not_allowed",
] as const;
export type ConnectRefusalReason = (typeof connectRefusalReasons)[number];

/** A sign-in or connect that was refused: nothing of it is stored. */
export class ConnectRefusal extends Error {
  readonly reason: ConnectRefusalReason;
  /** The login that came from the provider, where naming it helps the person. */
  readonly login: string | undefined;
  /** How an operator names the person in `ADMIN_USERS`. */
  readonly reference: string | undefined;

  constructor(
    reason: ConnectRefusalReason,
    options: { login?: string; reference?: string | undefined; cause?: unknown } = {},
  ) {
    super(`refused: ${reason}`, { cause: options.cause });
    this.name = "ConnectRefusal";
    this.reason = reason;
    this.login = options.login;
    this.reference = options.reference;
  }
}
