import type { Fault } from "../http/faults.ts";
import type { AmocrmAccount, AmocrmSeed } from "./seed.ts";
import type { AmocrmSwitches } from "./switches.ts";
import type { RecordedCall } from "./world.ts";

export interface AmocrmOptions {
  port?: number;
  seed?: AmocrmSeed;
  switches?: Partial<AmocrmSwitches>;
}

/** An amoCRM of our own. Accounts are at `http://SUBDOMAIN.localhost:PORT`. */
export interface AmocrmSandbox {
  /** Where people authorize; what `AMOCRM_URL` is. */
  webUrl: string;
  integration: { clientId: string; clientSecret: string };
  /** Everything that was asked of it, on any host. */
  calls: RecordedCall[];
  faults: { add(fault: Fault): void; clear(): void };
  switches: AmocrmSwitches;
  /** How many requests were too many. */
  limit: { refused: number; reset(): void };
  /** Uninstalls that were told, each with what the receiver answered; null: it could not be reached. */
  hooks: { url: string; status: number | null }[];
  setCallbackUrl(url: string): void;
  setHookUrl(url: string): void;
  /** The host of an account, as `referer` names it. */
  host(subdomain: string): string;
  account(subdomain: string): AmocrmAccount;
  /** The callback's address after somebody has installed a widget in amoCRM, unasked. */
  installWidget(subdomain: string, userId: number): string;
  /** A hook's address, with its signature. */
  hookAddress(accountId: number): string;
  /** Removes the integration from an account. @param how.tell false: the hook gets lost */
  uninstall(accountId: number, how?: { tell: boolean }): Promise<void>;
  /** Ends what one user has allowed, and tells nobody. */
  revokeUser(owner: { accountId: number; userId: number }): void;
  /** How many pairs of a user can still do something. */
  livingPairs(owner: { accountId: number; userId: number }): number;
  changeSubdomain(from: string, to: string): void;
  expireAccessTokens(): void;
  ageCodes(milliseconds: number): void;
  /** Every code and token that was ever given out, for tests that look for what must not be there. */
  issuedTokens(): string[];
  close(): Promise<void>;
}
