import * as openid from "openid-client";
import { isLoopback } from "../config/loopback.ts";
import type { Exchanged, TokenPair } from "../grant.ts";
import { ProviderFailure } from "./failure.ts";
import { ForgedCallback } from "./forgery.ts";
import { type ErrorCodes, openidFailure } from "./openid-failure.ts";
import { openidFetch, requireSafeAddress } from "./openid-fetch.ts";
import type { AuthorizeRequest, ExchangeRequest } from "./provider.ts";
import { longestLife, sendableToken } from "./token-answer.ts";

export interface OpenidOptions {
  /** As a person reads it. */
  name: string;
  /** Exactly as in the provider's own description and its ID tokens. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  clientAuthentication: "basic" | "post";
  /** False only for a server that can't: some refuse parameters that they don't know. */
  pkce: boolean;
  errors?: ErrorCodes;
}

/** What onbehalf needs of a provider's description of itself (OpenID Connect Discovery 3); null: it has none. */
export interface Description {
  authorizationEndpoint: string;
  userinfoEndpoint: string | null;
  revocationEndpoint: string | null;
  /** Null: it doesn't say. */
  scopes: readonly string[] | null;
}

/** What a verified ID token, or userinfo, says of a person. */
export type Claims = Readonly<Record<string, unknown>>;

/** An OpenID Connect client: the verbs of a `Provider` that all of them share, with openid-client (certified). */
export interface OpenidClient {
  /**
   * What the provider says of itself, read once an hour.
   * @throws ProviderFailure `ours` for another issuer, `garbled`, `unreachable`
   */
  describe(): Promise<Description>;
  /** @param extra the provider's own parameters; those of the protocol win */
  authorizeUrl(request: AuthorizeRequest, extra: Readonly<Record<string, string>>): Promise<string>;
  /**
   * @returns with the claims of an ID token whose signature, algorithm, issuer, audience, nonce and times were checked
   * @throws ForgedCallback `issuer_mismatch` before anything is sent; `identity_unverified`
   */
  exchange(request: ExchangeRequest): Promise<Exchanged & { claims: Claims }>;
  refresh(refreshToken: string): Promise<TokenPair>;
  /**
   * @param subject the ID token's (OpenID Connect Core 5.3.2); null: whoever it is
   * @returns null: the provider has no userinfo endpoint
   * @throws ProviderFailure `unauthorized` for a dead token; ForgedCallback `identity_unverified` for another subject
   */
  userinfo(accessToken: string, subject: string | null): Promise<Claims | null>;
  /**
   * Revokes one token (RFC 7009), the grant with it where the provider does so.
   * @returns `impossible`: the provider has no revocation endpoint
   */
  revoke(token: string, hint: "access_token" | "refresh_token"): Promise<"ended" | "impossible">;
}

/** Asymmetric ones: with a shared secret a client could sign for the provider, and `none` signs nothing. */
export const signingAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** The provider's description of itself is read again after this time, in milliseconds. */
const describedMs = 3_600_000;

export function createOpenid(deps: { fetch: typeof globalThis.fetch }, options: OpenidOptions): OpenidClient {
  const { name, issuer, clientId, clientSecret } = options;
  const fetch = openidFetch(deps.fetch, options);
  const authentication =
    options.clientAuthentication === "basic"
      ? openid.ClientSecretBasic(clientSecret)
      : openid.ClientSecretPost(clientSecret);
  const understood = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    try {
      return await call();
    } catch (error) {
      throw openidFailure(error, options);
    }
  };

  let described: { configuration: Promise<openid.Configuration>; at: number } | null = null;
  function configure(): Promise<openid.Configuration> {
    const known = described;
    if (known && Date.now() - known.at < describedMs) return known.configuration;
    const now = { configuration: understood(discover), at: Date.now() };
    described = now;
    return now.configuration.catch((failure: unknown) => {
      if (described === now) described = known;
      // What was known goes on while it can't be read anew.
      const away = failure instanceof ProviderFailure && ["unreachable", "throttled"].includes(failure.kind);
      if (away && known) return known.configuration;
      throw failure;
    });
  }

  async function discover(): Promise<openid.Configuration> {
    const execute = isLoopback(new URL(issuer).hostname) ? [openid.allowInsecureRequests] : [];
    const found = await openid
      .discovery(new URL(issuer), clientId, undefined, authentication, { [openid.customFetch]: fetch, execute })
      .catch((error: unknown) => {
        if (!(error instanceof openid.ClientError) || error.code !== "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED")
          throw error;
        throw wrongIssuer();
      });
    const { supportsPKCE: _supportsPkce, ...metadata } = found.serverMetadata();
    // The library takes an issuer with and without a slash at its end for the same (facts/oauth-checklist.md, 5).
    if (metadata.issuer !== issuer) throw wrongIssuer();
    // The one address of it that a browser is sent to, with the state: no call of ours looks at it.
    if (metadata.authorization_endpoint !== undefined) requireSafeAddress(metadata.authorization_endpoint, options);
    const offered = metadata.id_token_signing_alg_values_supported ?? ["RS256"];
    const allowed = offered.filter((algorithm) => signingAlgorithms.includes(algorithm));
    if (allowed.length === 0)
      throw new ProviderFailure("ours", `${name} signs ID tokens with no algorithm that is safe`);
    const configuration = new openid.Configuration(
      { ...metadata, id_token_signing_alg_values_supported: allowed },
      clientId,
      undefined,
      authentication,
    );
    configuration[openid.customFetch] = fetch;
    for (const extension of execute) extension(configuration);
    // Without it the library trusts TLS for the ID token's signature (OpenID Connect Core 3.1.3.7).
    openid.enableNonRepudiationChecks(configuration);
    return configuration;
  }

  function wrongIssuer(): ProviderFailure {
    return new ProviderFailure("ours", `${name} says that its issuer is another one than ${issuer}`);
  }

  return {
    async describe() {
      const metadata = (await configure()).serverMetadata();
      if (!metadata.authorization_endpoint) {
        throw new ProviderFailure("garbled", `${name} names no address where people authorise`);
      }
      return {
        authorizationEndpoint: metadata.authorization_endpoint,
        userinfoEndpoint: metadata.userinfo_endpoint ?? null,
        revocationEndpoint: metadata.revocation_endpoint ?? null,
        scopes: metadata.scopes_supported ?? null,
      };
    },

    async authorizeUrl(request, extra) {
      const { redirectUri, state, nonce, codeChallenge, scopes, loginHint } = request;
      const configuration = await configure();
      return openid.buildAuthorizationUrl(configuration, {
        ...extra,
        ...(loginHint === null ? {} : { login_hint: loginHint }),
        response_type: "code",
        redirect_uri: redirectUri,
        scope: scopes.join(" "),
        state,
        nonce,
        ...(options.pkce ? { code_challenge: codeChallenge, code_challenge_method: "S256" } : {}),
      }).href;
    },

    async exchange({ parameters, code, state, codeVerifier, nonce, redirectUri }) {
      const configuration = await configure();
      const { authorization_response_iss_parameter_supported: announced } = configuration.serverMetadata();
      // RFC 9207 2.4: before the code, and with it the verifier, is sent anywhere.
      if (parameters.iss === undefined ? announced : parameters.iss !== issuer) {
        throw new ForgedCallback("issuer_mismatch", `the callback is not from ${issuer}`);
      }
      const url = new URL(redirectUri);
      url.search = new URLSearchParams({
        code,
        state,
        ...(parameters.iss === undefined ? {} : { iss: issuer }),
      }).toString();
      const answer = await openid
        .authorizationCodeGrant(configuration, url, {
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
          ...(options.pkce ? { pkceCodeVerifier: codeVerifier } : {}),
        })
        .catch((error: unknown) => {
          throw unverified(error) ?? openidFailure(error, options);
        });
      const claims = answer.claims();
      if (!claims || !isSubject(claims.sub))
        throw new ForgedCallback("identity_unverified", "the ID token names nobody");
      return { ...toPair(answer, name), claims };
    },

    async refresh(refreshToken) {
      const configuration = await configure();
      return toPair(await understood(() => openid.refreshTokenGrant(configuration, refreshToken)), name);
    },

    async userinfo(accessToken, subject) {
      const configuration = await configure();
      if (!configuration.serverMetadata().userinfo_endpoint) return null;
      try {
        return await openid.fetchUserInfo(configuration, accessToken, subject ?? openid.skipSubjectCheck);
      } catch (error) {
        const dead =
          error instanceof openid.WWWAuthenticateChallengeError ? error.status === 401 : statusWithin(error) === 401;
        if (dead) throw new ProviderFailure("unauthorized", `${name} did not accept the token`);
        throw unverified(error) ?? openidFailure(error, options);
      }
    },

    async revoke(token, hint) {
      const configuration = await configure();
      if (!configuration.serverMetadata().revocation_endpoint) return "impossible";
      await understood(() => openid.tokenRevocation(configuration, token, { token_type_hint: hint }));
      return "ended";
    },
  };
}

/** Faults of an ID token or of userinfo, of a provider that answered otherwise as it should. */
const unverifiedCodes = [
  "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
  "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
  "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED",
  "OAUTH_KEY_SELECTION_FAILED",
  "OAUTH_INVALID_RESPONSE",
  "OAUTH_UNSUPPORTED_OPERATION",
];

function unverified(error: unknown): ForgedCallback | null {
  if (!(error instanceof openid.ClientError) || typeof error.code !== "string") return null;
  if (!unverifiedCodes.includes(error.code)) return null;
  return new ForgedCallback("identity_unverified", `the provider's word on who this is does not hold (${error.code})`);
}

function statusWithin(error: unknown): number | null {
  return error instanceof openid.ClientError && error.cause instanceof Response ? error.cause.status : null;
}

/** OpenID Connect Core 2: at most 255 ASCII characters. */
function isSubject(sub: unknown): boolean {
  return typeof sub === "string" && /^[\x20-\x7e]{1,255}$/.test(sub);
}

function toPair(answer: openid.TokenEndpointResponse, name: string): TokenPair {
  if (!sendableToken.safeParse(answer.access_token).success) {
    throw new ProviderFailure("garbled", `${name}'s answer has no access token that can be sent`);
  }
  const { refresh_token_expires_in: refreshLife } = answer;
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? null,
    accessExpiresIn: answer.expires_in === undefined ? null : Math.min(Math.floor(answer.expires_in), longestLife),
    refreshExpiresIn: typeof refreshLife === "number" ? Math.min(refreshLife, longestLife) : null,
    scopes: answer.scope === undefined ? null : answer.scope.split(/\s+/).filter(Boolean),
  };
}
