import type { Keyring } from "../../crypto/keyring.ts";
import type { Log } from "../../log.ts";
import type { Counts } from "../../metrics/counts.ts";
import type { Providers } from "../../providers/index.ts";
import { openAccessToken } from "../../store/accounts/account.ts";
import type { AccountChanges } from "../../store/accounts/account-changes.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import type { Database } from "../../store/database.ts";
import { accountRevoked } from "./account-problem.ts";
import type { RefreshTimes } from "./refresh-times.ts";

/** What every verb that needs a person's token depends on. */
export interface TokenDeps {
  database: Database;
  keyring: Keyring;
  providers: Providers;
  log: Log;
  metrics: Counts;
  publicUrl: string;
  times: RefreshTimes;
  /** Wakes who waits for another process's refresh. */
  changes: AccountChanges;
  /** Refreshes that run in this process: its callers share one. */
  refreshes: Map<string, Promise<UsableToken>>;
  /** Work that outlives its caller; a stop waits for it. */
  background: Set<Promise<unknown>>;
  /** Aborted when all that may begin a refresh has had its time: none begins whose pair this process can't write. */
  stopping: AbortSignal;
}

/** A token that may be put on a request now, and the account as it was read with it. */
export interface UsableToken {
  accessToken: string;
  account: HeldAccount;
}

/** Lets work go on after its caller has gone; what it throws has been dealt with by then. */
export function inBackground(deps: { background: Set<Promise<unknown>>; log: Log }, work: Promise<unknown>): void {
  const watched = work
    .catch((error) => deps.log.debug({ err: error }, "work in the background ended with an error"))
    .finally(() => deps.background.delete(watched));
  deps.background.add(watched);
}

/**
 * Opens the token of an account that was just read.
 * @throws Problem `account_revoked`, `cannot_unseal`
 */
export function usable(deps: TokenDeps, account: HeldAccount): UsableToken {
  const accessToken = openAccessToken(deps.keyring, account);
  if (accessToken === null) throw accountRevoked(deps, account.provider);
  return { accessToken, account };
}
