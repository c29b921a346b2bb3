import { randomBytes } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from "jose";

/** The key that signs ID tokens and security events. */
export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  /** With the private part, as oidc-provider wants it. */
  jwk: JWK;
}

export async function newSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const kid = randomBytes(20).toString("hex");
  return { kid, privateKey, jwk: { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" } };
}
