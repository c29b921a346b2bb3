import { decodeJwt, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import type { SigningKey } from "./signing-key.ts";
import type { IdTokenFault } from "./switches.ts";

/** An ID token as a provider that can't be believed would send it, made from the right one. */
export async function spoilIdToken(key: SigningKey, token: string, fault: IdTokenFault): Promise<string> {
  const claims = decodeJwt(token);
  const header = { alg: "RS256", kid: key.kid };
  const signed = (changed: object) =>
    new SignJWT({ ...claims, ...changed }).setProtectedHeader(header).sign(key.privateKey);
  switch (fault) {
    case "audience":
      return signed({ aud: "somebody-else" });
    case "issuer":
      return signed({ iss: "https://evil.example" });
    case "nonce":
      return signed({ nonce: "another-browser's" });
    case "expired":
      return signed({ iat: 1_000_000_000, exp: 1_000_003_600 });
    case "subject_missing":
      return signed({ sub: undefined });
    case "algorithm_none":
      return new UnsecuredJWT(claims).encode();
    case "signature": {
      const { privateKey } = await generateKeyPair("RS256");
      return new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    }
  }
}
