import type { TokenPair } from "../grant.ts";
import { callJson, type JsonAnswer } from "./json-call.ts";
import { type OwnErrors, tokenFailure } from "./oauth2-failure.ts";
import { boundedFetch } from "./outgoing.ts";
import type { AuthorizeRequest, ExchangeRequest } from "./provider.ts";
import { readTokens, standardPaths, type TokenPaths } from "./token-answer.ts";

/** An OAuth 2.0 client; what is left out is as RFC 6749 has it. */
export interface Oauth2Options {
  /** The provider's, for messages. */
  name: string;
  clientId: string;
  clientSecret: string;
  authorizeUrl: string;
  tokenUrl: string;
  /** RFC 7636 with S256; false where the server has none. */
  pkce?: boolean;
  /** How the client shows who it is: HTTP Basic, in a form, or in a JSON body. */
  authentication?: "basic" | "post" | "json";
  /** What the token endpoint takes; JSON where the client shows itself so. */
  body?: "form" | "json";
  scopeParameter?: string;
  scopeSeparator?: string;
  authorizeParameters?: Readonly<Record<string, string>>;
  /** Sent with each request that carries the client's credentials. */
  headers?: Readonly<Record<string, string>>;
  tokenAnswer?: TokenPaths;
  refreshAnswer?: TokenPaths;
  errors?: OwnErrors;
}

/** The verbs of RFC 6749 that providers share. Each sends one request. */
export interface Oauth2 {
  authorizeUrl(request: AuthorizeRequest): string;
  /** @returns the pair, and the whole answer for who finds more in it */
  exchange(request: ExchangeRequest): Promise<{ pair: TokenPair; answer: unknown }>;
  refresh(refreshToken: string): Promise<TokenPair>;
  /** A request with the client's credentials. What comes back is not judged yet. */
  send(url: string, parameters: Record<string, string>): Promise<JsonAnswer>;
}

export const noOwnErrors: OwnErrors = { refused: [], ours: [], unauthorized: [] };

export function createOauth2(deps: { fetch: typeof globalThis.fetch }, options: Oauth2Options): Oauth2 {
  const { name, clientId, clientSecret, authentication = "basic", pkce = true, errors = noOwnErrors } = options;
  const asJson = options.body === "json" || authentication === "json";
  const separator = options.scopeSeparator ?? " ";
  const bounded = { fetch: boundedFetch(deps.fetch) };
  const tokenAnswer = options.tokenAnswer ?? standardPaths;

  function send(url: string, parameters: Record<string, string>): Promise<JsonAnswer> {
    const basic = authentication === "basic";
    const all = basic ? parameters : { client_id: clientId, client_secret: clientSecret, ...parameters };
    return callJson(bounded, url, {
      method: "POST",
      headers: {
        ...options.headers,
        "content-type": asJson ? "application/json" : "application/x-www-form-urlencoded",
        ...(basic ? { authorization: `Basic ${basicCredentials(clientId, clientSecret)}` } : {}),
      },
      body: asJson ? JSON.stringify(all) : new URLSearchParams(all).toString(),
    });
  }

  async function askForTokens(parameters: Record<string, string>, paths: TokenPaths) {
    const answer = await send(options.tokenUrl, parameters);
    const failure = tokenFailure(answer, { name, errors });
    if (failure) throw failure;
    return { pair: readTokens(answer.body, paths, { name, separator }), answer: answer.body };
  }

  return {
    send,

    authorizeUrl({ redirectUri, state, codeChallenge, scopes }) {
      const url = new URL(options.authorizeUrl);
      const parameters = {
        ...options.authorizeParameters,
        response_type: "code",
        client_id: clientId,
        redirect_uri: redirectUri,
        state,
        ...(scopes.length > 0 ? { [options.scopeParameter ?? "scope"]: scopes.join(separator) } : {}),
        ...(pkce ? { code_challenge: codeChallenge, code_challenge_method: "S256" } : {}),
      };
      for (const [parameter, value] of Object.entries(parameters)) url.searchParams.set(parameter, value);
      return url.href;
    },

    exchange: ({ code, codeVerifier, redirectUri }) =>
      askForTokens(
        {
          grant_type: "authorization_code",
          code,
          redirect_uri: redirectUri,
          ...(pkce ? { code_verifier: codeVerifier } : {}),
        },
        tokenAnswer,
      ),

    async refresh(refreshToken) {
      const parameters = { grant_type: "refresh_token", refresh_token: refreshToken };
      return (await askForTokens(parameters, options.refreshAnswer ?? tokenAnswer)).pair;
    },
  };
}

/** RFC 6749, 2.3.1: both are form-encoded first. */
function basicCredentials(clientId: string, clientSecret: string): string {
  const encoded = [clientId, clientSecret].map((text) => new URLSearchParams({ "": text }).toString().slice(1));
  return Buffer.from(encoded.join(":")).toString("base64");
}
