import type { Exchanged, Metadata, Profile, TokenPair } from "../grant.ts";
import type { Narrowing } from "./github-narrow.ts";
import type { Hook } from "./hook.ts";
import type { Touched, TouchingRequest } from "./touched.ts";
import type { Turn } from "./turn.ts";

/**
 * What onbehalf needs of an OAuth provider; CONTRIBUTING.md walks through one. Each verb makes at most one attempt (one
 * call, or the few that belong together) and throws a {@link ProviderFailure} whose kind says what the failure means:
 * `unreachable`, `throttled`, `refused`, `ours`, `garbled` or `unauthorized`. A browser or a caller that claims what the
 * provider can't have said is a {@link ForgedCallback}, thrown before anything is sent. No verb stores or logs a token, and
 * calls go through {@link boundedFetch}: with a deadline, a cap, and no redirect followed.
 */
export interface Provider {
  /** As it stands in addresses and tables: a-z, 0-9 and `-`. */
  id: string;
  /** As a person reads it. */
  name: string;
  /** The octicon that stands for it; without one, a link. */
  icon?: string;
  /** The page at the provider on which a person sees and ends the grant. */
  settingsUrl: string;
  /** The same for an account, where each has a page of its own. */
  settingsUrlOf?(metadata: Metadata): string;
  /** Whether a person can sign in to onbehalf with it. */
  signIn: boolean;
  scopes: Scopes;
  /** What a person should know before they disconnect, a sentence; null: only what ends here ends there. */
  disconnectWarning: string | null;
  /** How many refreshes nobody waits for may be sent in a minute, by all replicas together: below what it allows. */
  backgroundRefreshesPerMinute: number;
  /** Its API, for `/proxy/{provider}/…`. Null where acting has addresses of its own. */
  api: Api | null;
  /** What it tells us by itself at addresses below `/hooks/{provider}`. GitHub's webhooks have an intake of their own. */
  hooks: readonly Hook[];
  /** The origins that a browser is sent to, and that people's pictures come from; those known by now. */
  webOrigins(): WebOrigins;

  /**
   * Begins: the address to which a browser is sent to ask the person.
   * @throws ProviderFailure when the provider's own description of itself is needed and can't be had
   */
  authorizeUrl(request: AuthorizeRequest): Promise<string>;

  /**
   * Finishes: exchanges what a callback brought for tokens.
   * @throws ProviderFailure `refused`: the code is unknown, used or expired; ForgedCallback `issuer_mismatch`,
   *   `host_not_allowed`, `identity_unverified`: another than this provider answered
   */
  exchange(request: ExchangeRequest): Promise<Exchanged>;

  /** Who the tokens' owner is: by a call with the access token, or from the ID token that came with it. */
  identify(granted: Pick<Exchanged, "accessToken" | "metadata" | "claims">): Promise<Profile>;

  /**
   * Spends a refresh token.
   * @throws ProviderFailure `refused`: the grant, or this refresh token, is over
   */
  refresh(refreshToken: string, metadata: Metadata): Promise<TokenPair>;

  /**
   * Whether the provider accepts an access token now. `doubtful`: it does not, and that proves nothing of the grant; then
   * a refresh tells.
   */
  check(accessToken: string, metadata: Metadata): Promise<"alive" | "dead" | "doubtful">;

  /** How its events name a refresh token. A name may hold a part of it, so only keyed hashes of them are kept. */
  refreshTokenNames?(refreshToken: string): string[];

  /**
   * A refresh takes no token away and tells at once whether the grant lives, while its access tokens may be accepted for
   * some time after its end: whoever checks refreshes first.
   */
  refreshProves?: boolean;

  /** How a grant is ended, with every token of it. Null where an app can't: the person is shown where they can. */
  grantEnd: GrantEnd | null;

  /**
   * Ends one token and leaves the grant as it is. Null where that would end the grant, or can't be: a token that isn't
   * kept is forgotten then.
   */
  endToken: ((accessToken: string) => Promise<"ended" | "not_found">) | null;

  /**
   * Makes a token that the provider itself limits to repositories and permissions.
   * @returns null: the token is dead, or the provider can't
   */
  narrow?(accessToken: string, to: Narrowing): Promise<{ accessToken: string; expiresIn: number | null } | null>;

  /**
   * Whether the token's owner is a member of an organisation, for `SIGN_IN=org:NAME`. Without it, nobody is.
   * @throws Problem `sso_required` when it tells that only after single sign-on
   */
  isMember?(accessToken: string, organisation: string): Promise<boolean>;
}

export interface WebOrigins {
  pages: readonly string[];
  pictures: readonly string[];
}

export interface Scopes {
  /** With every connect. Least scopes (facts/oauth-checklist.md, 10). */
  asked: readonly string[];
  /** With every sign-in, where less is enough to identify; else as with a connect. */
  signIn?: readonly string[];
  /** An account without one of these is `limited`. */
  required: readonly string[];
  /** What a person or the host platform may ask for besides. */
  optional: readonly string[];
}

export interface Api {
  /** The origins that a token of such an account may be sent to, the usual one first. */
  origins(metadata: Metadata): readonly string[];
  /** How a token is put on a request. */
  headers(accessToken: string): Record<string, string>;
  /** Its GET changes things, too: then every request counts as a write. */
  writesByGet?: boolean;
  /** Where it counts the requests of all replicas together, callers' among them. */
  turn?: Turn;
  /** What a request is about, for the audit log. Null: it can't be told. Its JSON is read for this, up to 1 MB of it. */
  touched?(request: TouchingRequest): Touched | null;
}

export interface AuthorizeRequest {
  /** A sign-in asks for what identifies, and for no access that lasts, where a provider can tell them apart. */
  purpose: "sign_in" | "connect";
  redirectUri: string;
  state: string;
  /** S256 (RFC 7636). */
  codeChallenge: string;
  /** For the ID token (OpenID Connect Core 3.1.2.1). */
  nonce: string;
  scopes: readonly string[];
  /** As whom the person is known at the provider, where the connect is to be of the same identity. */
  loginHint: string | null;
}

export interface ExchangeRequest {
  /** The callback's parameters, each given once and of bounded length. */
  parameters: Readonly<Record<string, string>>;
  code: string;
  state: string;
  codeVerifier: string;
  nonce: string;
  redirectUri: string;
}

export interface GrantEnd {
  /**
   * `fresh_access_token`: only one that is current and unexpired ends it, so a stale pair is renewed first (GitHub).
   * `any_token`: either of them does, also when the access token has expired (RFC 7009).
   */
  takes: "fresh_access_token" | "any_token";
  /** @returns `not_found` proves that it is gone only for tokens as `takes` wants them */
  end(tokens: { accessToken: string; refreshToken: string | null }): Promise<"ended" | "not_found">;
}

/** Which of the scopes that a provider requires were not granted. */
export function missingScopes(provider: Pick<Provider, "scopes">, granted: readonly string[]): string[] {
  return provider.scopes.required.filter((scope) => !granted.includes(scope));
}
