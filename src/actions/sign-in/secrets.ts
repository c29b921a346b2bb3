import { createHash, createHmac, randomBytes } from "node:crypto";

/** A new secret of 256 random bits, in base64url. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What the database keeps of a secret of 256 random bits: it needs no salt and no slow hash. */
export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** A new key for a bot. */
export function newBotKey(): string {
  return `ob_${newSecret()}`;
}

/**
 * A new pass: told from a key at first sight, by people and by scanners for leaked secrets. Only its prefix has an
 * underscore: `gh auth status` prints a token as far as its last one, and hides the rest. That leaves 255 random bits.
 */
export function newPass(): string {
  for (;;) {
    const secret = newSecret();
    if (!secret.includes("_")) return `obp_${secret}`;
  }
}

/**
 * The PKCE verifier of a transaction (RFC 7636 4.1), derived from the browser's session secret and the state. So it is
 * bound to the browser, stored nowhere, and of no use to who reads the database.
 */
export function codeVerifier(sessionSecret: string, state: string): string {
  return createHmac("sha256", sessionSecret).update(`pkce ${state}`).digest("base64url");
}

/** The nonce of a transaction (OpenID Connect Core 15.5.2), bound to the browser in the same way. */
export function nonceOf(sessionSecret: string, state: string): string {
  return createHmac("sha256", sessionSecret).update(`nonce ${state}`).digest("base64url");
}

/** RFC 7636 4.2: S256. */
export function codeChallenge(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}
