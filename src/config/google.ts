import { readSecureUrl } from "./addresses.ts";
import type { Environment, Fault } from "./environment.ts";
import { readList } from "./sign-in-policy.ts";

export interface GoogleConfig {
  clientId: string;
  clientSecret: string;
  /** Exactly as in ID tokens. */
  issuer: string;
  /** By their short names where Google has two. */
  scopes: { asked: string[]; required: string[]; optional: string[] };
  /** The Workspace domain that accounts must be of; null: any account. */
  hostedDomain: string | null;
  signIn: boolean;
}

const names = [
  "GOOGLE_CLIENT_ID",
  "GOOGLE_CLIENT_SECRET",
  "GOOGLE_SCOPES",
  "GOOGLE_REQUIRED_SCOPES",
  "GOOGLE_OPTIONAL_SCOPES",
  "GOOGLE_HOSTED_DOMAIN",
  "GOOGLE_ISSUER",
  "GOOGLE_SIGN_IN",
] as const;

const userinfo = "https://www.googleapis.com/auth/userinfo.";

/** Google answers with long names where short ones were asked for: they are the same. */
export function shortScope(scope: string): string {
  return scope === `${userinfo}email` || scope === `${userinfo}profile` ? scope.slice(userinfo.length) : scope;
}

/**
 * Reads what is configured of Google.
 * @returns null where none of its variables is set, or after a fault
 */
export function readGoogle(env: Environment, fault: Fault): GoogleConfig | null {
  const given = new Map(names.map((name) => [name, env[name]?.trim() ?? ""]));
  if ([...given.values()].every((value) => value === "")) return null;
  const required = (name: (typeof names)[number], why: string): string => {
    const value = given.get(name) ?? "";
    if (value === "") fault(`${name} is missing: ${why}.`);
    return value;
  };
  const clientId = required("GOOGLE_CLIENT_ID", "the client id that Google's console shows for the OAuth client");
  const clientSecret = required("GOOGLE_CLIENT_SECRET", "the client secret that Google's console made with it");

  const asked = scopesOf("GOOGLE_SCOPES", "openid,email,profile");
  // Without it Google says nobody's name.
  if (!asked.includes("openid")) asked.unshift("openid");
  const needed = scopesOf("GOOGLE_REQUIRED_SCOPES");
  const optional = scopesOf("GOOGLE_OPTIONAL_SCOPES");
  const unasked = needed.filter((scope) => !asked.includes(scope));
  if (unasked.length > 0) {
    fault(`GOOGLE_REQUIRED_SCOPES names ${unasked.join(", ")}, which GOOGLE_SCOPES does not ask for: add it there.`);
  }
  const twice = optional.filter((scope) => asked.includes(scope));
  if (twice.length > 0) {
    fault(`GOOGLE_OPTIONAL_SCOPES names ${twice.join(", ")}, which GOOGLE_SCOPES asks for already: take it out.`);
  }

  const hostedDomain = given.get("GOOGLE_HOSTED_DOMAIN")?.toLowerCase() || null;
  if (hostedDomain !== null && !/^([a-z0-9-]+\.)+[a-z0-9-]+$/.test(hostedDomain)) {
    fault(`GOOGLE_HOSTED_DOMAIN is "${hostedDomain}": give one domain, such as example.com.`);
  }
  const signIn = given.get("GOOGLE_SIGN_IN") || "false";
  if (signIn !== "true" && signIn !== "false") fault(`GOOGLE_SIGN_IN is "${signIn}": use true or false.`);
  const issuer = readSecureUrl(given.get("GOOGLE_ISSUER") || "https://accounts.google.com", fault, "GOOGLE_ISSUER");
  return {
    clientId,
    clientSecret,
    issuer: issuer ?? "",
    scopes: { asked, required: needed, optional },
    hostedDomain,
    signIn: signIn === "true",
  };

  function scopesOf(name: (typeof names)[number], usual = ""): string[] {
    const scopes = [...new Set(readList(given.get(name) || usual).map(shortScope))];
    for (const scope of scopes.filter((one) => !/^[\x21\x23-\x5b\x5d-\x7e]{1,300}$/.test(one))) {
      fault(`${name} holds "${scope}", which is no scope (RFC 6749, 3.3).`);
    }
    return scopes;
  }
}
