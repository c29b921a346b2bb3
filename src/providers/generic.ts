import type { Oauth2Entry } from "../config/providers-file/entry.ts";
import { tokenPlace } from "../config/providers-file/header-rules.ts";
import type { Exchanged, TokenPair } from "../grant.ts";
import { ProviderFailure } from "./failure.ts";
import { ForgedCallback } from "./forgery.ts";
import { type ProfilePaths, readProfile } from "./found-profile.ts";
import { callJson } from "./json-call.ts";
import { createOauth2 } from "./oauth2.ts";
import { callFailure } from "./oauth2-failure.ts";
import { createRevocation } from "./oauth2-revocation.ts";
import { boundedFetch } from "./outgoing.ts";
import type { Api, Provider } from "./provider.ts";

export interface EntryDeps {
  fetch: typeof globalThis.fetch;
  log: { warn(about: object, words: string): void };
}

/** Where a profile that was read already stands in what an exchange brings on. */
const readAlready: ProfilePaths = { uid: ["uid"], login: "login", name: "name", email: "email", avatar: "avatar" };

/** A provider that an entry of the providers file describes by its endpoints. */
export function createGeneric(
  deps: EntryDeps,
  options: { id: string; clientId: string; clientSecret: string; entry: Oauth2Entry },
): Provider {
  const { id, entry } = options;
  const { name, errors, request_headers: headers, identity_url: identityUrl } = entry;
  const bounded = { fetch: boundedFetch(deps.fetch) };
  const oauth2 = createOauth2(deps, {
    name,
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    authorizeUrl: entry.authorize_url,
    tokenUrl: entry.token_url,
    pkce: entry.pkce,
    authentication: entry.client_authentication,
    body: entry.token_body ?? "form",
    scopeParameter: entry.scope_parameter,
    scopeSeparator: entry.scope_separator,
    authorizeParameters: entry.authorize_parameters,
    headers,
    tokenAnswer: entry.token_answer,
    refreshAnswer: entry.refresh_answer ?? entry.token_answer,
    errors,
  });
  const api = apiOf(entry.api);
  const withToken = apiOf(entry.api ?? { hosts: [], headers: { Authorization: `Bearer ${tokenPlace}` } });
  const page = new URL(entry.authorize_url).origin;
  const pictures = [page, ...entry.picture_hosts];
  const shown = { name, pictureOrigins: pictures };
  const noRevocation = { grantEnd: null, endToken: null };

  /** Who it is, for `identify`, which says so when it can't be read: then the tokens are there to be ended. */
  function profileClaims(answer: unknown): Record<string, unknown> {
    try {
      const { uid, login, displayName, email, avatarUrl } = readProfile(answer, entry.identity, shown);
      return { uid, login, name: displayName, email, avatar: avatarUrl };
    } catch (error) {
      if (error instanceof ProviderFailure) return {};
      throw error;
    }
  }

  /** Asks with an access token. */
  async function call(url: string, accessToken: string, json?: unknown): Promise<unknown> {
    const credentials = { ...headers, ...withToken?.headers(accessToken) };
    const answer = await callJson(
      bounded,
      url,
      json === undefined
        ? { method: "GET", headers: credentials }
        : {
            method: "POST",
            headers: { ...credentials, "content-type": "application/json" },
            body: JSON.stringify(json),
          },
    );
    const failure = callFailure(answer, { name, errors });
    if (failure) throw failure;
    return answer.body;
  }

  return {
    id,
    name,
    icon: entry.icon,
    settingsUrl: entry.settings_url ?? new URL(entry.authorize_url).origin,
    signIn: entry.sign_in,
    scopes: { asked: entry.scopes, required: entry.required_scopes, optional: entry.optional_scopes },
    disconnectWarning: null,
    backgroundRefreshesPerMinute: 30,
    api,
    hooks: [],
    webOrigins: () => ({ pages: [page], pictures }),

    authorizeUrl: async (request) => oauth2.authorizeUrl(request),

    async exchange(request): Promise<Exchanged> {
      const { iss } = request.parameters;
      if (entry.issuer !== undefined && iss !== undefined && iss !== entry.issuer) {
        throw new ForgedCallback("issuer_mismatch", `the callback names another issuer than ${name}'s`);
      }
      const { pair, answer } = await oauth2.exchange(request);
      if (entry.identity.from === "url") return pair;
      return { ...pair, claims: profileClaims(answer) };
    },

    async identify({ accessToken, claims }) {
      if (entry.identity.from === "token") return readProfile(claims, readAlready, shown);
      return readProfile(await call(identityUrl ?? "", accessToken, entry.identity_body), entry.identity, shown);
    },

    async refresh(refreshToken) {
      const pair = await oauth2.refresh(refreshToken);
      watchRotation(deps, { id, rotation: entry.rotation, refreshToken, pair });
      return pair;
    },

    async check(accessToken) {
      const body = entry.check_url === undefined ? entry.identity_body : undefined;
      try {
        await call(entry.check_url ?? identityUrl ?? "", accessToken, body);
        return "alive";
      } catch (error) {
        if (error instanceof ProviderFailure && error.kind === "unauthorized") return "dead";
        throw error;
      }
    },

    ...(entry.revocation
      ? createRevocation(deps, oauth2, {
          name,
          url: entry.revocation.url,
          authentication: entry.revocation.authentication,
          token:
            entry.revocation.token ?? (entry.revocation.authentication === "bearer" ? "access_token" : "refresh_token"),
          ends: entry.revocation.ends,
          headers,
          errors,
        })
      : noRevocation),
  };
}

/** How the proxy reaches an API; null: the entry names none. */
export function apiOf(api: Oauth2Entry["api"]): Api | null {
  if (!api) return null;
  return {
    origins: () => api.hosts,
    headers: (accessToken) =>
      Object.fromEntries(
        Object.entries(api.headers).map(([header, value]) => [
          header.toLowerCase(),
          value.replace(tokenPlace, () => accessToken),
        ]),
      ),
  };
}

/** What a server does otherwise than its entry says is taken, and told to the operator. */
export function watchRotation(
  { log }: Pick<EntryDeps, "log">,
  refreshed: { id: string; rotation: boolean | undefined; refreshToken: string; pair: TokenPair },
): void {
  const { id: provider, rotation, refreshToken, pair } = refreshed;
  const rotated = pair.refreshToken !== null && pair.refreshToken !== refreshToken;
  if (rotation === undefined || rotated === rotation) return;
  log.warn({ provider, rotation, rotated }, "the provider rotates refresh tokens otherwise than its entry says");
}
