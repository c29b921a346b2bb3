import { createHash } from "node:crypto";
import { type GoogleConfig, shortScope } from "../config/google.ts";
import type { TokenPair } from "../grant.ts";
import { ProviderFailure } from "./failure.ts";
import { ForgedCallback } from "./forgery.ts";
import { createGoogleEvents } from "./google-events.ts";
import { createOpenid } from "./openid.ts";
import { openidFetch } from "./openid-fetch.ts";
import { profileOf } from "./openid-profile.ts";
import type { GrantEnd, Provider } from "./provider.ts";

/** Google's own hosts; elsewhere (tests, the demo) everything is where the issuer is. */
const realIssuer = "https://accounts.google.com";
const apiHosts = [
  "https://www.googleapis.com",
  "https://calendar-json.googleapis.com",
  "https://chat.googleapis.com",
  "https://docs.googleapis.com",
  "https://drive.googleapis.com",
  "https://forms.googleapis.com",
  "https://gmail.googleapis.com",
  "https://meet.googleapis.com",
  "https://people.googleapis.com",
  "https://sheets.googleapis.com",
  "https://slides.googleapis.com",
  "https://tasks.googleapis.com",
];
const pictureHosts = [3, 4, 5, 6].map((number) => `https://lh${number}.googleusercontent.com`);

/** What a sign-in asks for of all that is configured: who somebody is. */
const identifying = ["openid", "email", "profile"];

/** Google (facts/google.md). */
export function createGoogle(deps: { fetch: typeof globalThis.fetch }, options: GoogleConfig): Provider {
  const { issuer, hostedDomain } = options;
  const name = "Google";
  const real = issuer === realIssuer;
  const pictures = real ? pictureHosts : [issuer];
  const fetch = openidFetch(deps.fetch, { name, issuer });
  const client = createOpenid(deps, {
    name,
    issuer,
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    clientAuthentication: "post",
    pkce: true,
    errors: { refused: ["admin_policy_enforced"], ours: ["deleted_client", "disabled_client", "org_internal"] },
  });

  /** One token is enough, and no client is asked for. */
  async function revoke(token: string): Promise<"ended" | "not_found"> {
    const { revocationEndpoint } = await client.describe();
    if (!revocationEndpoint) throw new ProviderFailure("ours", `${name} describes no revocation endpoint`);
    const response = await fetch(revocationEndpoint, { method: "POST", body: new URLSearchParams({ token }) });
    if (response.status === 200) return "ended";
    const body: unknown = await response.json().catch(() => null);
    const code = typeof body === "object" && body !== null && "error" in body ? body.error : null;
    if (response.status === 400 && (code === "invalid_token" || code === "invalid_grant")) return "not_found";
    throw new ProviderFailure("garbled", `${name} answered ${response.status}`);
  }

  const grantEnd: GrantEnd = {
    takes: "any_token",
    async end({ accessToken, refreshToken }) {
      // One of them can be gone alone: of a hundred refresh tokens the oldest is dropped without a word.
      if (refreshToken !== null && (await revoke(refreshToken)) === "ended") return "ended";
      return revoke(accessToken);
    },
  };

  return {
    id: "google",
    name,
    icon: "mail",
    settingsUrl: real ? "https://myaccount.google.com/connections" : issuer,
    signIn: options.signIn,
    scopes: options.scopes,
    disconnectWarning:
      "Google ends everything that you have allowed this project at once, so whatever else uses the same Google project loses its access to your account, too.",
    backgroundRefreshesPerMinute: 60,
    api: {
      origins: () => (real ? apiHosts : [issuer]),
      headers: (accessToken) => ({ authorization: `Bearer ${accessToken}` }),
    },
    hooks: [createGoogleEvents(deps, { ...options, name })],
    webOrigins: () => ({ pages: [issuer], pictures }),

    async authorizeUrl(request) {
      const domain: Record<string, string> = hostedDomain === null ? {} : { hd: hostedDomain };
      if (request.purpose === "sign_in") {
        const scopes = request.scopes.filter((scope) => identifying.includes(scope));
        return client.authorizeUrl({ ...request, scopes }, { ...domain, access_type: "online" });
      }
      return client.authorizeUrl(request, {
        ...domain,
        access_type: "offline",
        // The only way to get another refresh token.
        prompt: "consent",
        include_granted_scopes: "true",
      });
    },

    async exchange(request) {
      const exchanged = await client.exchange(request);
      return { ...asOurs(exchanged), claims: exchanged.claims };
    },

    async identify({ accessToken, claims }) {
      const known = claims ?? (await client.userinfo(accessToken, null));
      if (!known) throw new ForgedCallback("identity_unverified", "Google did not say who this is");
      // The parameter is a hint that a person can change: only the claim counts.
      if (hostedDomain !== null && known.hd !== hostedDomain) {
        throw new ForgedCallback("domain_not_allowed", `the account is not of ${hostedDomain}`);
      }
      const profile = profileOf(known);
      // Our pages load pictures from nowhere else.
      const shown = pictures.includes(URL.parse(profile.avatarUrl ?? "")?.origin ?? "");
      return { ...profile, avatarUrl: shown ? profile.avatarUrl : null };
    },

    refresh: async (refreshToken) => asOurs(await client.refresh(refreshToken)),

    async check(accessToken) {
      try {
        await client.userinfo(accessToken, null);
        return "alive";
      } catch (error) {
        if (error instanceof ProviderFailure && error.kind === "unauthorized") return "dead";
        throw error;
      }
    },

    refreshTokenNames: namesOf,
    // What was revoked may be accepted for some minutes more, and refreshing takes no token away.
    refreshProves: true,
    grantEnd,
    // Either token ends the whole grant.
    endToken: null,
  };
}

function asOurs(pair: TokenPair): TokenPair {
  const { scopes } = pair;
  return {
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    accessExpiresIn: pair.accessExpiresIn,
    refreshExpiresIn: pair.refreshExpiresIn,
    scopes: scopes && [...new Set(scopes.map(shortScope))],
  };
}

/** How an event of Google's names a refresh token that was revoked. */
function namesOf(refreshToken: string): string[] {
  const once = createHash("sha512").update(refreshToken).digest();
  const twice = createHash("sha512").update(once).digest("base64");
  return [`prefix:${refreshToken.slice(0, 16)}`, `hash_base64_sha512_sha512:${twice}`];
}
