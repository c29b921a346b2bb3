import type { Profile, TokenPair } from "../grant.ts";
import type { Narrowing } from "./github-narrow.ts";

/**
 * What onbehalf needs of an OAuth provider. Each verb makes at most one attempt and throws a `ProviderFailure` whose
 * kind says what the failure means; none of them stores or logs a token.
 */
export interface Provider {
  /** As it stands in addresses and tables. */
  id: string;
  /** As a person reads it. */
  name: string;
  /** The page at the provider on which a person sees and ends the grant. */
  settingsUrl: string;
  /** How many refreshes nobody waits for may be sent in a minute, by all replicas together: below what it allows. */
  backgroundRefreshesPerMinute: number;

  /**
   * Its API, for `/proxy/{provider}/…`: the origins that a token may be sent to, the usual one first, and how a token is
   * put on a request. Null where acting has addresses of its own.
   */
  api: { origins: readonly string[]; headers(accessToken: string): Record<string, string> } | null;

  /** The address to which a browser is sent to ask the person. */
  authorizeUrl(request: { redirectUri: string; state: string; codeChallenge: string }): string;

  /**
   * Exchanges a code for tokens.
   * @throws ProviderFailure `refused`: the code is unknown, used or expired
   */
  exchange(request: { code: string; codeVerifier: string; redirectUri: string }): Promise<TokenPair>;

  /** Who the token's owner is. */
  identify(accessToken: string): Promise<Profile>;

  /**
   * Spends a refresh token.
   * @throws ProviderFailure `refused`: the grant, or this refresh token, is over
   */
  refresh(refreshToken: string): Promise<TokenPair>;

  /** Whether the provider accepts an access token now. */
  check(accessToken: string): Promise<"alive" | "dead">;

  /**
   * Ends the grant with every token of it.
   * @returns `not_found` proves that it is gone only for a token that was current and unexpired
   */
  endGrant(accessToken: string): Promise<"ended" | "not_found">;

  /** Ends one token and leaves the grant as it is. */
  endToken(accessToken: string): Promise<"ended" | "not_found">;

  /**
   * Makes a token that the provider itself limits to repositories and permissions.
   * @returns null: the token is dead, or the provider can't
   */
  narrow(accessToken: string, to: Narrowing): Promise<{ accessToken: string; expiresIn: number | null } | null>;

  /**
   * Whether the token's owner is a member of an organisation.
   * @throws Problem `sso_required` when it tells that only after single sign-on
   */
  isMember(accessToken: string, organisation: string): Promise<boolean>;
}
