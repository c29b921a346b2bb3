import { redact } from "./redact.ts";

/** Every problem code that leaves this process, with its HTTP status. The contract fixes both. */
export const problemStatus = {
  bad_request: 400,
  unknown_field: 400,
  return_to_not_allowed: 400,
  event_garbled: 400,
  event_signature: 400,
  event_algorithm: 400,
  event_key_unknown: 400,
  event_issuer: 400,
  event_audience: 400,
  key_missing: 401,
  key_invalid: 401,
  signature_invalid: 401,
  delegation_required: 403,
  key_kind: 403,
  pass_scope: 403,
  user_tokens_disabled: 403,
  not_connected: 403,
  account_revoked: 403,
  app_not_installed: 403,
  no_write_access: 403,
  protected_path: 403,
  sign_in_closed: 403,
  sso_required: 403,
  forbidden_origin: 403,
  user_not_found: 404,
  repository_not_found: 404,
  branch_not_found: 404,
  not_found: 404,
  head_moved: 409,
  identity_in_use: 409,
  different_identity: 409,
  idempotency_in_progress: 409,
  hook_unconfirmed: 409,
  too_large: 413,
  invalid_path: 422,
  duplicate_path: 422,
  bad_base64: 422,
  empty_change: 422,
  path_missing: 422,
  cannot_verify: 422,
  branch_protected: 422,
  repository_archived: 422,
  idempotency_mismatch: 422,
  connect_code_invalid: 422,
  rate_limited: 429,
  internal_error: 500,
  provider_configuration: 500,
  cannot_unseal: 500,
  provider_garbled: 502,
  provider_rejected: 502,
  provider_unavailable: 503,
  account_suspect: 503,
  refresh_in_progress: 503,
  database_unavailable: 503,
  not_ready: 503,
} as const;

export type ProblemCode = keyof typeof problemStatus;

/** A code as it was stored. */
export function isProblemCode(text: unknown): text is ProblemCode {
  return typeof text === "string" && Object.hasOwn(problemStatus, text);
}

export interface ProblemOptions {
  /** The address at which a person can repair it. */
  actionUrl?: string;
  /** Seconds after which the same call may succeed. */
  retryAfter?: number;
  /** The branch's current head, for `head_moved`. */
  head?: string;
  /** The answer of an earlier call with the same idempotency key. */
  replayed?: boolean;
  cause?: unknown;
}

/**
 * A refusal that reaches a caller: a stable code, its HTTP status, and a sentence that says how to repair it.
 * The sentence is redacted here, so that whatever a provider put into it can't carry a token out (invariant 1).
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly actionUrl: string | undefined;
  readonly retryAfter: number | undefined;
  readonly head: string | undefined;
  readonly replayed: boolean;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(redact(detail), { cause: options.cause });
    this.name = "Problem";
    this.code = code;
    this.status = problemStatus[code];
    this.actionUrl = options.actionUrl;
    this.retryAfter = options.retryAfter;
    this.head = options.head;
    this.replayed = options.replayed ?? false;
  }
}
