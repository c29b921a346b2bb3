import { createHash, randomUUID } from "node:crypto";
import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import type { SigningKey } from "./signing-key.ts";

const risc = "https://schemas.openid.net/secevent/risc/event-type/";
const oauth = "https://schemas.openid.net/secevent/oauth/event-type/";

/** Google's event types, by their last part. */
export const eventTypes = {
  "sessions-revoked": `${risc}sessions-revoked`,
  "account-disabled": `${risc}account-disabled`,
  "account-enabled": `${risc}account-enabled`,
  "account-credential-change-required": `${risc}account-credential-change-required`,
  verification: `${risc}verification`,
  "tokens-revoked": `${oauth}tokens-revoked`,
  "token-revoked": `${oauth}token-revoked`,
} as const;

export type EventType = keyof typeof eventTypes;

/** How an event is signed; by default as Google signs. */
export type Signing = "google" | "foreign" | "unknown_key" | "hmac" | "none";

export interface Risc {
  /** As in the configuration, which ends with a slash where the OpenID issuer has none. */
  issuer: string;
  /** An event about a person, or with whatever else it carries. */
  event(type: EventType, about?: { sub?: string } & Record<string, unknown>): Record<string, unknown>;
  /** An event about one refresh token. */
  tokenEvent(token: string, named: "prefix" | "hash_base64_sha512_sha512"): Record<string, unknown>;
  /** A security event token. `claims` changes what stands in it. */
  sign(events: Record<string, unknown>, claims?: Record<string, unknown>, signing?: Signing): Promise<string>;
  /** POSTs it, as Google does. */
  send(url: string, token: string): Promise<{ status: number; body: Record<string, unknown> }>;
}

export function createRisc(deps: { key: SigningKey; issuer: string; audience: () => string[] }): Risc {
  const { key } = deps;
  const issuer = `${deps.issuer}/`;
  const subject = (sub: string) => ({ subject_type: "iss-sub", iss: issuer, sub });
  return {
    issuer,
    event: (type, { sub, ...more } = {}) => ({
      [eventTypes[type]]: { ...(sub === undefined ? {} : { subject: subject(sub) }), ...more },
    }),
    tokenEvent: (token, named) => ({
      [eventTypes["token-revoked"]]: {
        subject: {
          subject_type: "oauth_token",
          token_type: "refresh_token",
          token_identifier_alg: named,
          token: named === "prefix" ? token.slice(0, 16) : doubleHash(token),
        },
      },
    }),
    async sign(events, claims = {}, signing = "google") {
      const now = Math.floor(Date.now() / 1000);
      const all = { iss: issuer, aud: deps.audience(), iat: now, jti: randomUUID(), events, ...claims };
      if (signing === "none") return new UnsecuredJWT(all).encode();
      const signed = new SignJWT(all);
      const kid = signing === "unknown_key" ? "nobody-knows-it" : key.kid;
      if (signing === "hmac") {
        // The mistake of old libraries: the public key, taken for a shared secret.
        const secret = new TextEncoder().encode(JSON.stringify({ n: key.jwk.n, e: key.jwk.e }));
        return signed.setProtectedHeader({ alg: "HS256", kid }).sign(secret);
      }
      const privateKey = signing === "google" ? key.privateKey : (await generateKeyPair("RS256")).privateKey;
      return signed.setProtectedHeader({ alg: "RS256", kid, typ: "secevent+jwt" }).sign(privateKey);
    },
    async send(url, token) {
      const headers = { "content-type": "application/secevent+jwt", accept: "application/json" };
      const response = await fetch(url, { method: "POST", body: token, headers });
      const text = await response.text();
      const body: unknown = text === "" ? {} : JSON.parse(text);
      return { status: response.status, body: typeof body === "object" && body !== null ? { ...body } : {} };
    },
  };
}

function doubleHash(token: string): string {
  const once = createHash("sha512").update(token).digest();
  return createHash("sha512").update(once).digest("base64");
}
