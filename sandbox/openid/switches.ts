/** What is wrong with the ID tokens of a provider that can't be believed. */
export type IdTokenFault =
  | "audience"
  | "issuer"
  | "nonce"
  | "expired"
  | "algorithm_none"
  | "signature"
  | "subject_missing";

/** Modes of a provider that a deployment may meet. Each may be changed while it runs. */
export interface OpenidSwitches {
  /** How long access tokens live, in seconds. */
  accessTokenSeconds: number;
  /** Google, an app in testing: `refresh_token_expires_in` of the answers, in seconds. */
  refreshTokenExpiresIn: number | null;
  /** Generic: each refresh gives a new refresh token, and the old one ends the grant when it comes again. */
  rotation: boolean;
  /** Generic: whether a refresh token needs the scope `offline_access`, or there is none at all. */
  refreshTokens: "always" | "offline_access" | "never";
  /** Google: refresh tokens of one person for one client; one more drops the oldest without a word. */
  refreshTokenLimit: number;
  /** Access tokens go on for a while after their grant was revoked, as Google says that it may take some time. */
  accessTokensOutliveRevocation: boolean;
  /** `iss` in the callback (RFC 9207): the provider's, none (and none announced), or somebody else's. */
  callbackIssuer: "own" | "none" | { other: string };
  /** The issuer that the discovery document claims. */
  discoveryIssuer: "own" | { other: string };
  /** A provider that can't be believed. */
  idToken: IdTokenFault | null;
}

export const defaultOpenidSwitches: OpenidSwitches = {
  accessTokenSeconds: 3600,
  refreshTokenExpiresIn: null,
  rotation: true,
  refreshTokens: "always",
  refreshTokenLimit: 100,
  accessTokensOutliveRevocation: false,
  callbackIssuer: "own",
  discoveryIssuer: "own",
  idToken: null,
};
