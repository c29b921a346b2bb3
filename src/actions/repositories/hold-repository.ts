import { GitFailure } from "../../git/git-failure.ts";
import type { Log } from "../../log.ts";
import type { AccountChanges } from "../../store/accounts/account-changes.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { readHeldAccount } from "../../store/accounts/held-account.ts";
import type { Database } from "../../store/database.ts";
import { type ClaimedRepository, renewalMs, renewSyncLease } from "../../store/sync-leases.ts";

/** A claim that is kept, and told when it must end. */
export interface HeldRepository {
  /** Aborted with the reason when the run must stop. */
  signal: AbortSignal;
  /** From now on the run ends, too, when this account does. */
  onlyWhileLive(account: HeldAccount): void;
  release(): void;
}

/**
 * Renews a claim for as long as a run takes. It ends when the claim was lost, when the repository is registered no more,
 * or when it is to be synced as somebody else by now; at once when the account that is used has ended.
 * @param stopping this process stops
 */
export function holdRepository(
  deps: { database: Database; changes: AccountChanges; log: Log },
  claim: ClaimedRepository,
  stopping: AbortSignal,
): HeldRepository {
  const own = new AbortController();
  const lost = (why: string) => own.abort(new GitFailure("stopped", why));
  let heldUntil = performance.now() + 5 * renewalMs;
  const renew = async () => {
    try {
      const held = await renewSyncLease(deps.database, claim);
      heldUntil = performance.now() + 5 * renewalMs;
      if (!held) lost("another process has the repository, or it is registered no more");
      else if (held.syncedByUserId !== claim.syncedByUserId) lost("it is synced as somebody else now");
    } catch (error) {
      deps.log.warn({ err: error, repository: claim.id }, "a repository's lease could not be renewed");
      if (performance.now() > heldUntil) lost("the database has been away for too long");
    }
  };
  const timer = setInterval(() => void renew(), renewalMs);
  let forget = () => {};
  return {
    signal: AbortSignal.any([own.signal, stopping]),
    onlyWhileLive(account) {
      forget();
      const look = async () => {
        const now = await readHeldAccount(deps.database, account.id);
        if (!now || now.state === "revoked" || now.userId !== account.userId) lost("the account has ended");
      };
      forget = deps.changes.on(account.id, () => {
        look().catch((error) => deps.log.warn({ err: error }, "whether an account still lives could not be read"));
      });
    },
    release() {
      clearInterval(timer);
      forget();
    },
  };
}
