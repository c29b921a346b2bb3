import { createHmac } from "node:crypto";
import { confirmPendingConnect } from "../../store/accounts/pending-connects.ts";
import { writeAudit } from "../../store/audit.ts";
import { type ConnectLink, keepCompletionCode } from "../../store/connect-links.ts";
import type { Database } from "../../store/database.ts";
import { hashSecret } from "../sign-in/secrets.ts";
import { LinkRefusal } from "./link-refusal.ts";

/**
 * The person says that what was granted is theirs and meant for that user: the account is pending from now on. Who says
 * it again, as after going back, is sent to the same address once more.
 * @returns where the platform awaits the person, with the code that completes it; null: no platform completes it
 * @throws LinkRefusal `link_expired`
 */
export async function confirmConnect(
  deps: { database: Database },
  request: { link: ConnectLink; sessionSecret: string },
): Promise<string | null> {
  const { link, sessionSecret } = request;
  const { id, userId, provider, pending, returnTo } = link;
  const code = completionCode(sessionSecret, id);
  await deps.database.transaction(async (transaction) => {
    if (!(await confirmPendingConnect(transaction, id))) throw new LinkRefusal("link_expired");
    if (returnTo !== null) await keepCompletionCode(transaction, id, hashSecret(code));
    if (pending?.state !== "held") return;
    const whose = { userId, identityId: pending.identityId, provider };
    await writeAudit(transaction, { action: "connect.pending", actor: "user", ...whose, detail: { link: id } });
  });
  if (returnTo === null) return null;
  const address = new URL(returnTo);
  address.searchParams.set("connect_code", code);
  return address.href;
}

/** Derived, as the PKCE verifier is: stored nowhere, and the same for whoever presses twice. */
function completionCode(sessionSecret: string, linkId: string): string {
  return createHmac("sha256", sessionSecret).update(`connect code ${linkId}`).digest("base64url");
}
