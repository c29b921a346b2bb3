import { createPublicKey, verify } from "node:crypto";
import { z } from "zod";

const headerShape = z.object({ alg: z.literal("RS256") });
const claimsShape = z.object({ iss: z.union([z.string(), z.number()]), iat: z.number(), exp: z.number() });

/** Why a JWT is not taken, in GitHub's words, or null for a good one. */
export function jwtRefusal(
  jwt: string,
  app: { publicKey: string; issuers: string[] },
  now = Date.now() / 1000,
): string | null {
  const [head = "", body = "", signature = ""] = jwt.split(".");
  const header = headerShape.safeParse(json(head));
  const claims = claimsShape.safeParse(json(body));
  const undecodable = "A JSON web token could not be decoded";
  if (!header.success || !claims.success) return undecodable;
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify("RSA-SHA256", signed, createPublicKey(app.publicKey), Buffer.from(signature, "base64url")))
    return undecodable;
  const { iss, iat, exp } = claims.data;
  if (!app.issuers.includes(String(iss))) return "'Issuer' claim ('iss') must be an Integer or a client ID";
  if (exp <= now)
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  if (exp > now + 600 + 5) return "'Expiration time' claim ('exp') is too far in the future";
  if (iat > now + 60)
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  return null;
}

function json(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return null;
  }
}
