import type { Fault } from "../http/faults.ts";
import type { RecordedRequest } from "../http/request-log.ts";
import type { OpenidPerson } from "./people.ts";
import type { Risc } from "./risc.ts";
import type { OpenidSwitches } from "./switches.ts";

/** `google`: Google's paths, answers and quirks. `generic`: as the standards say it, with rotating refresh tokens. */
export type Shape = "google" | "generic";

/** An application that somebody registered at the provider. */
export interface OpenidClient {
  clientId: string;
  clientSecret: string;
  /** Exact match. */
  redirectUris: string[];
  /** Google: what a person grants one client of a project, its other clients lose with it. By default the client's own id. */
  project?: string;
}

export interface OpenidOptions {
  shape: Shape;
  clients: OpenidClient[];
  /** By default those of `people.ts`. */
  people?: OpenidPerson[];
  /** Scopes that may be asked for besides openid, email and profile. */
  scopes?: string[];
  switches?: Partial<OpenidSwitches>;
  /** 0: any. */
  port?: number;
}

/** A running OpenID provider of our own. */
export interface OpenidProvider {
  /** Exactly as in its discovery document and ID tokens; its web address, too. */
  issuer: string;
  /** May be changed while it runs. */
  switches: OpenidSwitches;
  people: OpenidPerson[];
  clients: OpenidClient[];
  /** Newest last, bounded. `operation` is `exchange` or `refresh`. */
  requests: RecordedRequest[];
  faults: { add(fault: Fault): void; clear(): void };
  setRedirectUris(clientId: string, uris: string[]): void;
  /** Every access token, refresh token, code and ID token ever issued. */
  issuedTokens(): string[];
  /** A person's refresh tokens that live, the oldest first. */
  refreshTokens(sub: string): string[];
  /** Who has living tokens, and how many. */
  grants(): { sub: string; clientId: string; scopes: string[]; tokens: number }[];
  /** As on the person's settings page: kills all tokens that the person gave; nobody is told. */
  revokeGrant(sub: string): void;
  /** Where security events go when somebody removes access on the page at `/`; unless it is set, nowhere. */
  setEventReceiver(url: string): void;
  /** The person's access tokens expire now; refresh tokens live. */
  expireAccessTokens(sub: string): void;
  /** Google's security events. */
  risc: Risc;
  close(): Promise<void>;
}
