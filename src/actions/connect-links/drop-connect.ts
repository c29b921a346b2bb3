import type { Keyring } from "../../crypto/keyring.ts";
import type { Log } from "../../log.ts";
import type { Providers } from "../../providers/index.ts";
import { dropPendingConnect } from "../../store/accounts/drop-pending-connect.ts";
import { type AuditEvent, writeAudit } from "../../store/audit.ts";
import { type LinkOutcome, settleConnectLink } from "../../store/connect-links.ts";
import type { Queryable } from "../../store/database.ts";
import { lockIdentityById } from "../../store/identities.ts";
import { endingOf } from "../accounts/ending-of.ts";

/**
 * Takes out a connect that will not be completed: its token goes into the queue of those to end, its link is over, and
 * the audit log has it.
 * @param drop.outcome `expired` leaves one that still has time
 * @returns the queue's row; null: it is gone already
 */
export async function dropConnect(
  deps: { keyring: Keyring; log: Log; providers: Providers },
  transaction: Queryable,
  drop: {
    pending: { id: string; provider: string; identityId: string };
    outcome: Exclude<LinkOutcome, "connected">;
    by: Pick<AuditEvent, "actor" | "botId" | "requestedBy">;
  },
): Promise<string | null> {
  const { pending, outcome, by } = drop;
  const { id, provider } = pending;
  const identity = await lockIdentityById(transaction, pending.identityId);
  const known = deps.providers.get(provider);
  const kind = known ? await endingOf(transaction, known, identity, id) : "token";
  const dropped = await dropPendingConnect(deps, transaction, { id, kind, expiredOnly: outcome === "expired" });
  if (!dropped) return null;
  await settleConnectLink(transaction, id, outcome);
  const { userId, identityId, revocationId } = dropped;
  await writeAudit(
    transaction,
    { action: "connect", ...by, userId, identityId, provider, detail: { link: id } },
    { result: "failed", code: outcome },
  );
  return revocationId;
}
