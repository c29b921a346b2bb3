import type { ConnectLink } from "../../store/connect-links.ts";
import { tryEndPendingRevocation } from "../accounts/end-pending-revocation.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { dropConnect } from "./drop-connect.ts";

/** The person says that it was not meant so: what the provider granted is ended there. Can be repeated. */
export async function cancelConnect(deps: TokenDeps, link: ConnectLink): Promise<void> {
  const { id, provider, pending } = link;
  if (!pending) return;
  const drop = { pending: { id, provider, identityId: pending.identityId }, outcome: "cancelled" } as const;
  const revocation = await deps.database.transaction((transaction) =>
    dropConnect(deps, transaction, { ...drop, by: { actor: "user" } }),
  );
  if (revocation) await tryEndPendingRevocation(deps, revocation);
}
