/** What a provider hands out: an access token, and what is needed to get the next one. */
export interface TokenPair {
  accessToken: string;
  refreshToken: string | null;
  /** Seconds; null: does not expire. */
  accessExpiresIn: number | null;
  /** Seconds; null: does not expire, or there is none. */
  refreshExpiresIn: number | null;
  scopes: string[];
}

/** What a provider says of a person. */
export interface Profile {
  /** The stable id, never a login or an e-mail address. */
  uid: string;
  login: string;
  displayName: string | null;
  email: string | null;
  avatarUrl: string | null;
}
