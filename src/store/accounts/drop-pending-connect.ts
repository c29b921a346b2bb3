import type { Keyring } from "../../crypto/keyring.ts";
import type { Log } from "../../log.ts";
import type { Queryable } from "../database.ts";
import { openConnectRow, type SealedConnectRow } from "./pending-connects.ts";
import { addPendingRevocation, addUnconfirmed, hasKeys, opened } from "./pending-revocations.ts";

type DroppedRow = SealedConnectRow & { identity_id: string; access_expires_at: Date | null };

/**
 * Takes out what will not be completed, and puts its tokens into the queue of those to end. Tokens that were altered
 * can't be ended, which must keep nobody from being deactivated or erased: the end of their grant is unconfirmed.
 * @param dropped.expiredOnly leaves one that still has time
 * @returns who it was, and the queue's row; null: it is gone already
 * @throws Problem `cannot_unseal` where a key is missing, with nothing changed
 */
export async function dropPendingConnect(
  deps: { keyring: Keyring; log: Log },
  transaction: Queryable,
  dropped: { id: string; kind: "grant" | "token"; expiredOnly?: boolean },
): Promise<{ userId: string; identityId: string; revocationId: string } | null> {
  const { rows } = await transaction.query<DroppedRow>({
    text: `DELETE FROM pending_connects WHERE id = $1 AND (NOT $2 OR expires_at <= now())
      RETURNING id, user_id, provider, identity_id, access_token, refresh_token, access_expires_at`,
    values: [dropped.id, dropped.expiredOnly ?? false],
  });
  const row = rows[0];
  if (!row) return null;
  const { user_id: userId, identity_id: identityId, provider } = row;
  const open = () => openConnectRow(deps.keyring, row);
  const readable = hasKeys(deps.keyring, [row.access_token, row.refresh_token]);
  const tokens = readable ? opened(open) : open();
  if (!tokens)
    deps.log.error({ link: row.id }, "a connect was dropped whose tokens do not open: its grant was not ended");
  const revocationId = tokens
    ? await addPendingRevocation(deps, transaction, {
        provider,
        kind: dropped.kind,
        userId: dropped.kind === "grant" ? userId : null,
        identityId,
        tokens,
        accessExpiresAt: row.access_expires_at,
      })
    : await addUnconfirmed(transaction, { provider, userId, identityId });
  return { userId, identityId, revocationId };
}
