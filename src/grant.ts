/** What a provider keeps with an account of its own, such as amoCRM's host. No secret and no personal data. */
export type Metadata = Readonly<Record<string, string>>;

/** What a provider hands out: an access token, and what is needed to get the next one. */
export interface TokenPair {
  accessToken: string;
  /** Null in the answer to a refresh: the one that was sent goes on. */
  refreshToken: string | null;
  /** Seconds; null: does not expire. */
  accessExpiresIn: number | null;
  /** Seconds; null: does not expire, or there is none. */
  refreshExpiresIn: number | null;
  /** What was granted; null: as was asked, or as before (RFC 6749 5.1 and 6). */
  scopes: readonly string[] | null;
  /** To be kept with the account from now on; without it, what is kept stays. */
  metadata?: Metadata;
}

/** What an exchange brings. */
export interface Exchanged extends TokenPair {
  /** What an ID token says that came with it and was verified. */
  claims?: Readonly<Record<string, unknown>>;
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
