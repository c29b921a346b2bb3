import type { Oauth2Entry } from "../config/providers-file/entry.ts";
import type { Exchanged } from "../grant.ts";
import { createCallWithToken } from "./call-with-token.ts";
import { common, type EntryDeps, type EntryOptions, tokenHeaders, watchRotation } from "./entry-parts.ts";
import { ProviderFailure } from "./failure.ts";
import { ForgedCallback } from "./forgery.ts";
import { type ProfilePaths, readProfile } from "./found-profile.ts";
import { createOauth2 } from "./oauth2.ts";
import { createRevocation } from "./oauth2-revocation.ts";
import type { Provider } from "./provider.ts";

/** Where a profile that was read already stands in what an exchange brings on. */
const readAlready: ProfilePaths = { uid: ["uid"], login: "login", name: "name", email: "email", avatar: "avatar" };

/** A provider that an entry of the providers file describes by its endpoints. */
export function createGeneric(deps: EntryDeps, options: EntryOptions<Oauth2Entry>): Provider {
  const { entry, clientId, clientSecret } = options;
  const { name, errors, revocation } = entry;
  const page = new URL(entry.authorize_url).origin;
  const pictures = [page, ...entry.picture_hosts];
  const profile = { name, pictureOrigins: pictures };
  const oauth2 = createOauth2(deps, {
    name,
    clientId,
    clientSecret,
    authorizeUrl: entry.authorize_url,
    tokenUrl: entry.token_url,
    pkce: entry.pkce,
    authentication: entry.client_authentication,
    body: entry.token_body ?? "form",
    scopeParameter: entry.scope_parameter,
    scopeSeparator: entry.scope_separator,
    authorizeParameters: entry.authorize_parameters,
    headers: entry.request_headers,
    tokenAnswer: entry.token_answer,
    refreshAnswer: entry.refresh_answer ?? entry.token_answer,
    errors,
  });
  const call = createCallWithToken(deps, {
    name,
    headers: (accessToken) => ({ ...entry.request_headers, ...tokenHeaders(entry, accessToken) }),
    errors,
  });
  const identityUrl = entry.identity_url ?? "";

  /** Who it is, for `identify`, which says so when it can't be read: then the tokens are there to be ended. */
  function profileClaims(answer: unknown): Record<string, unknown> {
    try {
      const { uid, login, displayName, email, avatarUrl } = readProfile(answer, entry.identity, profile);
      return { uid, login, name: displayName, email, avatar: avatarUrl };
    } catch (error) {
      if (error instanceof ProviderFailure) return {};
      throw error;
    }
  }

  return {
    ...common(options, page),
    scopes: { asked: entry.scopes, required: entry.required_scopes, optional: entry.optional_scopes },
    webOrigins: () => ({ pages: [page], pictures }),

    authorizeUrl: async (request) => oauth2.authorizeUrl(request),

    async exchange(request): Promise<Exchanged> {
      const { iss } = request.parameters;
      if (entry.issuer !== undefined && iss !== undefined && iss !== entry.issuer) {
        throw new ForgedCallback("issuer_mismatch", `the callback names another issuer than ${name}'s`);
      }
      const { pair, answer } = await oauth2.exchange(request);
      return entry.identity.from === "url" ? pair : { ...pair, claims: profileClaims(answer) };
    },

    async identify({ accessToken, claims }) {
      if (entry.identity.from === "token") return readProfile(claims, readAlready, profile);
      return readProfile(await call.ask(identityUrl, accessToken, entry.identity_body), entry.identity, profile);
    },

    async refresh(refreshToken) {
      const pair = await oauth2.refresh(refreshToken);
      watchRotation(deps, options, { refreshToken, pair });
      return pair;
    },

    check: (accessToken) =>
      entry.check_url === undefined
        ? call.check(identityUrl, accessToken, entry.identity_body)
        : call.check(entry.check_url, accessToken),

    ...(revocation
      ? createRevocation(deps, oauth2, {
          ...revocation,
          name,
          token: revocation.token ?? (revocation.authentication === "bearer" ? "access_token" : "refresh_token"),
          headers: entry.request_headers,
          errors,
        })
      : { grantEnd: null, endToken: null }),
  };
}
