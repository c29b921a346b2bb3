import { checkToken, deleteAuthorization, deleteToken, scopeToken } from "@octokit/oauth-methods";
import { request as octokitRequest } from "@octokit/request";
import { z } from "zod";
import type { TokenPair } from "../grant.ts";
import { ProviderFailure } from "./failure.ts";
import { behindSingleSignOn, foundAs, oauthFailure, ourCredentials, understood } from "./github-failure.ts";
import { narrow } from "./github-narrow.ts";
import { boundedFetch } from "./outgoing.ts";
import type { Provider } from "./provider.ts";
import { readTokens, standardPaths } from "./token-answer.ts";

export interface GithubOptions {
  /** As it stands in addresses and tables; `github` unless given. */
  id?: string;
  /** As a person reads it; `GitHub` unless given. */
  name?: string;
  /** Whether a person can sign in with it; they can unless told. */
  signIn?: boolean;
  clientId: string;
  clientSecret: string;
  /** Serves OAuth: https://github.com, or a GitHub Enterprise Server. */
  webUrl: string;
  /** Serves REST: https://api.github.com, or https://HOST/api/v3. The two can't be derived from each other. */
  apiUrl: string;
}

/** Text that a database takes: PostgreSQL knows no NUL. */
const text = z.string().refine((value) => !value.includes("\0"));
/** GitHub reports OAuth errors with HTTP 200. */
const errorAnswer = z.object({ error: z.string(), error_description: z.string().optional() });
const userAnswer = z.object({
  id: z.number().int().positive(),
  login: text.min(1),
  name: text.nullish(),
  email: text.nullish(),
  avatar_url: text.nullish(),
});

/**
 * A GitHub App's user authorisations.
 * The exchange and the refresh are sent by us, since Octokit's OAuth packages have no PKCE and compute expiry from the
 * answer's `date` header; check and deletion are `@octokit/oauth-methods`' verbs.
 */
export function createGithub(deps: { fetch: typeof globalThis.fetch }, options: GithubOptions): Provider {
  const { clientId, clientSecret, webUrl, apiUrl } = options;
  const request = { fetch: boundedFetch(deps.fetch) };
  const web = octokitRequest.defaults({ baseUrl: webUrl, request });
  const api = octokitRequest.defaults({ baseUrl: apiUrl, request });
  const ours = { clientType: "github-app", clientId, clientSecret, request: api } as const;

  async function askForTokens(parameters: Record<string, string>): Promise<TokenPair> {
    const response = await understood(() =>
      web("POST /login/oauth/access_token", {
        headers: { accept: "application/json" },
        client_id: clientId,
        client_secret: clientSecret,
        ...parameters,
      }),
    ).catch((error) => {
      throw ourCredentials(error);
    });
    const refusal = errorAnswer.safeParse(response.data);
    if (refusal.success) throw oauthFailure(refusal.data.error);
    return readTokens(response.data, standardPaths, { name: "GitHub", separator: "," });
  }

  return {
    id: options.id ?? "github",
    name: options.name ?? "GitHub",
    icon: "mark-github",
    settingsUrl: `${webUrl}/settings/apps/authorizations`,
    signIn: options.signIn ?? true,
    // A GitHub App has permissions instead.
    scopes: { asked: [], required: [], optional: [] },
    disconnectWarning: null,
    // GitHub gives an app 2,000 tokens an hour (facts/github.md, 3). This is under half of them: the rest is for people
    // who wait.
    backgroundRefreshesPerMinute: 16,

    api: null,
    hooks: [],
    webOrigins: () => ({
      pages: [new URL(webUrl).origin],
      pictures: [new URL(webUrl).origin, new URL(apiUrl).origin, "https://avatars.githubusercontent.com"],
    }),

    async authorizeUrl({ redirectUri, state, codeChallenge }) {
      const url = new URL(`${webUrl}/login/oauth/authorize`);
      url.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        state,
        code_challenge: codeChallenge,
        code_challenge_method: "S256",
        // A person with several accounts is asked which; without it GitHub takes the one that is signed in.
        prompt: "select_account",
      }).toString();
      return url.href;
    },

    exchange: ({ code, codeVerifier, redirectUri }) =>
      askForTokens({ code, code_verifier: codeVerifier, redirect_uri: redirectUri }),

    refresh: (refreshToken) => askForTokens({ grant_type: "refresh_token", refresh_token: refreshToken }),

    async identify({ accessToken }) {
      const response = await understood(() => api("GET /user", { headers: { authorization: `token ${accessToken}` } }));
      const user = parse(userAnswer, response.data);
      return {
        uid: String(user.id),
        login: user.login,
        displayName: user.name ?? null,
        email: user.email ?? null,
        avatarUrl: user.avatar_url ?? null,
      };
    },

    async check(accessToken) {
      return (await foundAs(() => checkToken({ ...ours, token: accessToken }))) ? "alive" : "dead";
    },

    grantEnd: {
      // facts/github.md, 4
      takes: "fresh_access_token",
      async end({ accessToken }) {
        return (await foundAs(() => deleteAuthorization({ ...ours, token: accessToken }))) ? "ended" : "not_found";
      },
    },

    async endToken(accessToken) {
      return (await foundAs(() => deleteToken({ ...ours, token: accessToken }))) ? "ended" : "not_found";
    },

    narrow: (accessToken, { owner, repositoryIds, permissions }) =>
      narrow(() =>
        scopeToken({ ...ours, token: accessToken, target: owner, repository_ids: repositoryIds, permissions }),
      ),

    async isMember(accessToken, organisation) {
      const response = await understood(() =>
        api("GET /user/memberships/orgs/{org}", {
          org: organisation,
          headers: { authorization: `token ${accessToken}` },
        }),
      ).catch((error) => {
        if (!(error instanceof ProviderFailure) || !["403", "404"].includes(error.providerCode ?? "")) throw error;
        const sso = behindSingleSignOn(error, options);
        if (sso) throw sso;
        // GitHub shows memberships only where the App is installed; no sight of one is no membership.
        return null;
      });
      return response !== null && parse(z.object({ state: z.string() }), response.data).state === "active";
    },
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, data: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  // No cause: zod's error can quote the input, which may hold a token.
  throw new ProviderFailure("garbled", "GitHub's answer lacks what it must have");
}
