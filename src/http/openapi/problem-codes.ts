import type { ProblemCode } from "../../errors.ts";

/** What every call can be refused with. */
export const ofEveryCall = ["internal_error"] as const satisfies ProblemCode[];

/** What every call can be refused with that needs a key. */
export const ofEveryKey = [
  "bad_request",
  "unknown_field",
  "key_missing",
  "key_invalid",
  "key_kind",
  "rate_limited",
  "database_unavailable",
] as const satisfies ProblemCode[];

/** What whoever acts as a person can be refused with before GitHub is asked. */
export const ofActing = ["user_not_found", "delegation_required", "pass_scope"] as const satisfies ProblemCode[];

/** What can come between an account and its use. */
export const ofAccounts = [
  "user_tokens_disabled",
  "not_connected",
  "account_revoked",
  "sso_required",
  "provider_configuration",
  "cannot_unseal",
  "provider_garbled",
  "provider_rejected",
  "provider_unavailable",
  "account_suspect",
  "refresh_in_progress",
] as const satisfies ProblemCode[];

/** What GitHub can have against it. */
export const ofRepositories = [
  "repository_not_found",
  "app_not_installed",
  "no_write_access",
] as const satisfies ProblemCode[];
