import { z } from "zod";
import type { TokenPair } from "../grant.ts";
import { ProviderFailure } from "./failure.ts";

/** Where in an answer something is found: names from the outside in, with dots between them. */
export interface TokenPaths {
  access_token: string;
  refresh_token: string;
  expires_in: string;
  refresh_expires_in: string;
  scope: string;
}

/** As RFC 6749, 5.1, has them. */
export const standardPaths: TokenPaths = {
  access_token: "access_token",
  refresh_token: "refresh_token",
  expires_in: "expires_in",
  refresh_expires_in: "refresh_token_expires_in",
  scope: "scope",
};

/** Ten years, in seconds: what a database can add to its clock. */
export const longestLife = 10 * 365 * 24 * 3600;
const seconds = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .refine((life) => life > 0)
  .transform((life) => Math.min(life, longestLife))
  .nullable()
  .catch(null);
const token = z.string().min(1);
/**
 * RFC 6749, A.12. It stands in a header: for anything else there, whoever sends it throws an error that quotes the whole
 * header, and errors are logged.
 */
export const sendableToken = z.string().regex(/^[\x20-\x7e]+$/);
const scopes = z
  .union([z.string(), z.array(z.string())])
  .nullable()
  .catch(null);

/**
 * Reads tokens out of an answer. Only an access token is asked for. What is said about it and can't be understood counts
 * as not said: the pair before is spent by now, so a new one that is refused for its lifetime would be lost.
 * @throws ProviderFailure `garbled`
 */
export function readTokens(
  answer: unknown,
  paths: TokenPaths,
  options: { name: string; separator: string },
): TokenPair {
  const access = sendableToken.safeParse(valueAt(answer, paths.access_token));
  // No cause: zod's error can quote the input, which may hold a token.
  if (!access.success) throw new ProviderFailure("garbled", `${options.name}'s answer has no access token`);
  const refreshToken = token.safeParse(valueAt(answer, paths.refresh_token)).data ?? null;
  const scope = scopes.parse(valueAt(answer, paths.scope) ?? null);
  return {
    accessToken: access.data,
    refreshToken,
    accessExpiresIn: seconds.parse(valueAt(answer, paths.expires_in) ?? null),
    refreshExpiresIn: refreshToken === null ? null : seconds.parse(valueAt(answer, paths.refresh_expires_in) ?? null),
    scopes: typeof scope === "string" ? splitScopes(scope, options.separator) : scope,
  };
}

/** What stands at a path; undefined: nothing. */
export function valueAt(answer: unknown, path: string): unknown {
  let value = answer;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = new Map<string, unknown>(Object.entries(value)).get(name);
  }
  return value;
}

/** A comma may stand in a scope (RFC 6749, 3.3), unless it is what separates them. */
function splitScopes(text: string, separator: string): string[] {
  return text
    .split(/\s+/)
    .flatMap((word) => word.split(separator.trim() || " "))
    .filter(Boolean);
}
