import { randomBytes } from "node:crypto";
import Provider, { type Configuration, interactionPolicy } from "oidc-provider";
import { consentPath } from "./consent.ts";
import { errorPage } from "./consent-page.ts";
import { shapes } from "./shapes.ts";
import type { OpenidWorld } from "./world.ts";

const day = 24 * 3600;

/** oidc-provider (certified) as the shape wants it. */
export function buildProvider(world: Omit<OpenidWorld, "provider" | "eventReceiver">): Provider {
  const { shape, switches, store, key, port } = world;
  const { routes, claims, conformIdTokenClaims, randomBits, title } = shapes[shape];
  const configuration: Configuration = {
    adapter: (model) => store.adapter(model),
    jwks: { keys: [key.jwk] },
    // Cookies know no ports: two providers on one host would take each other's.
    cookies: {
      keys: [randomBytes(32).toString("hex")],
      names: { session: `openid_${port}`, interaction: `openid_${port}_asking`, resume: `openid_${port}_resume` },
    },
    routes,
    scopes: ["openid", ...world.scopes],
    claims,
    conformIdTokenClaims,
    extraParams: shape === "google" ? ["access_type", "include_granted_scopes", "hd"] : [],
    formats: { bitsOfOpaqueRandomness: (_ctx, model) => randomBits[model.kind] ?? 256 },
    pkce: { required: () => false },
    ttl: {
      AccessToken: () => switches.accessTokenSeconds,
      AuthorizationCode: 600,
      IdToken: 3600,
      RefreshToken: 180 * day,
      Grant: 365 * day,
      Interaction: 3600,
      Session: day,
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    },
    interactions: { policy: [askEachTime()], url: (_ctx, { uid }) => `${consentPath}${uid}` },
    clientBasedCORS: () => false,
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client, code) => {
      if (!client.grantTypeAllowed("refresh_token")) return false;
      if (shape === "google") return world.offlineGrants.has(code.grantId ?? "");
      return (
        switches.refreshTokens === "always" ||
        (switches.refreshTokens === "offline_access" && code.scopes.has("offline_access"))
      );
    },
    rotateRefreshToken: () => shape === "generic" && switches.rotation,
    findAccount: (_ctx, sub) => {
      const person = world.people.find((one) => one.sub === sub);
      if (!person) return undefined;
      const { email, emailVerified, name, picture, hd } = person;
      return { accountId: sub, claims: () => ({ sub, email, email_verified: emailVerified, name, picture, hd }) };
    },
    renderError: (ctx, { error, error_description }) => {
      ctx.type = "html";
      ctx.body = errorPage(title, error, error_description ?? "");
    },
  };
  return new Provider(world.issuer, configuration);
}

/** The person is asked at every authorization, who they are and what they allow. */
function askEachTime(): interactionPolicy.Prompt {
  const { Check, Prompt } = interactionPolicy;
  return new Prompt(
    { name: "consent", requestable: true },
    new Check("unasked", "the person has not been asked", "consent_required", ({ oidc }) =>
      oidc.result?.consent ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
    ),
  );
}
