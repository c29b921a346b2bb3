import type { Shape } from "./openid-provider.ts";

const profile = ["name", "picture"];
const email = ["email", "email_verified"];

/** The addresses and names in which the two shapes differ. */
export const shapes: Record<Shape, ShapeOf> = {
  google: {
    title: "Google",
    routes: {
      authorization: "/o/oauth2/v2/auth",
      token: "/token",
      revocation: "/revoke",
      userinfo: "/v1/userinfo",
      jwks: "/oauth2/v3/certs",
    },
    claims: {
      openid: ["sub", "hd"],
      email,
      profile,
      "https://www.googleapis.com/auth/userinfo.email": email,
      "https://www.googleapis.com/auth/userinfo.profile": profile,
    },
    scopes: [
      "https://www.googleapis.com/auth/calendar",
      "https://www.googleapis.com/auth/calendar.readonly",
      "https://www.googleapis.com/auth/calendar.events",
      "https://www.googleapis.com/auth/drive.file",
    ],
    answeredAs: {
      email: "https://www.googleapis.com/auth/userinfo.email",
      profile: "https://www.googleapis.com/auth/userinfo.profile",
    },
    // Google puts what it says of a person into the ID token; the standard leaves it to userinfo.
    conformIdTokenClaims: false,
    randomBits: { AccessToken: 1320, RefreshToken: 618 },
  },
  generic: {
    title: "Sandbox OpenID",
    routes: {
      authorization: "/authorize",
      token: "/oauth/token",
      revocation: "/oauth/revoke",
      userinfo: "/userinfo",
      jwks: "/jwks",
    },
    claims: { openid: ["sub"], email, profile },
    scopes: ["offline_access", "notes:read", "notes:write"],
    answeredAs: {},
    conformIdTokenClaims: true,
    randomBits: {},
  },
};

interface ShapeOf {
  title: string;
  routes: { authorization: string; token: string; revocation: string; userinfo: string; jwks: string };
  claims: Record<string, string[]>;
  scopes: string[];
  /** Names of scopes in answers, where they differ from those in requests. */
  answeredAs: Record<string, string>;
  conformIdTokenClaims: boolean;
  /** How long tokens are, in bits: Google's access tokens are some 220 characters long, its refresh tokens 103. */
  randomBits: Record<string, number>;
}
