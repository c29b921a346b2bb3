import { hastenRevocation, readRevocation } from "../../store/accounts/list-revocations.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { RevocationOutcome } from "./disconnect-account.ts";
import { type EndingDeps, tryEndPendingRevocation } from "./end-pending-revocation.ts";

/**
 * Tries one now, whenever its next try was due. What somebody tries just then, or can't be tried, stays as it is.
 * @param by who asks for it
 */
export async function retryRevocation(deps: EndingDeps, id: string, by: DecidedBy): Promise<RevocationOutcome> {
  await deps.database.transaction(async (transaction) => {
    const revocation = await hastenRevocation(transaction, id);
    if (!revocation) return;
    await writeAudit(transaction, { action: "revocation.retry", ...by, ...revocation, detail: { revocation: id } });
  });
  await tryEndPendingRevocation(deps, id);
  return (await readRevocation(deps.database, id)) ?? "done";
}
