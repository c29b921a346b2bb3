import type { Profile } from "../grant.ts";
import type { Claims } from "./openid.ts";

/** The profile of claims, by their standard names (OpenID Connect Core 5.1). The subject alone is the identity. */
export function profileOf(claims: Claims): Profile {
  const verified = claims.email_verified === true || claims.email_verified === "true";
  // Anybody can write somebody else's address into an unverified one, and people would take them for each other.
  const email = verified ? textOf(claims.email) : null;
  const uid = String(claims.sub);
  return {
    uid,
    login: textOf(claims.preferred_username) ?? email ?? uid,
    displayName: textOf(claims.name),
    email,
    avatarUrl: textOf(claims.picture),
  };
}

/** Text that a database takes: PostgreSQL knows no NUL. */
function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" && value.length <= 2000 && !value.includes("\0") ? value : null;
}
