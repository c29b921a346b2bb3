import type { Provider } from "../../providers/provider.ts";
import { readUserAccount } from "../../store/accounts/read-account.ts";
import { writeAudit } from "../../store/audit.ts";
import { type ConnectLink, claimConnectLink } from "../../store/connect-links.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { finishRevocation } from "../accounts/wait-for-revocation.ts";
import { ConnectRefusal } from "../sign-in/connect-refusal.ts";
import { hashSecret } from "../sign-in/secrets.ts";
import { startAuthorization } from "../sign-in/start-authorization.ts";
import { LinkRefusal } from "./link-refusal.ts";

/**
 * Uses a link up for this browser and begins the connect. What the person chose of the offers is kept with the link and
 * holds once the connect is complete: whoever has a link decides nothing for its user by that alone.
 * @returns the provider's address to send the browser to
 * @throws LinkRefusal `link_used`; ConnectRefusal `user_tokens_disabled`, `revocation_running`
 */
export async function startFromLink(
  deps: TokenDeps & { userTokensEnabled: boolean },
  request: {
    link: ConnectLink;
    provider: Provider;
    sessionSecret: string;
    shown: readonly string[];
    refused: readonly string[];
  },
): Promise<string> {
  const { link, provider, sessionSecret, shown, refused } = request;
  const user = { userId: link.userId, provider: provider.id };
  if (!deps.userTokensEnabled) throw new ConnectRefusal("user_tokens_disabled");
  await finishRevocation(deps, user);
  const sessionId = hashSecret(sessionSecret);
  await deps.database.transaction(async (transaction) => {
    const offerIds = shown.filter((id) => !refused.includes(id));
    const claim = { id: link.id, sessionId, offerIds, refusedOfferIds: refused };
    if (!(await claimConnectLink(transaction, claim))) throw new LinkRefusal("link_used");
    if (link.sessionId) return;
    await writeAudit(transaction, {
      action: "connect_link.use",
      actor: "user",
      ...user,
      detail: { link: link.id },
    });
  });
  const account = await readUserAccount(deps.database, user);
  const sameAgain = account && account.state !== "revoked";
  return startAuthorization(deps, {
    provider,
    purpose: "connect",
    sessionSecret,
    returnTo: null,
    moreScopes: link.scopes,
    loginHint: sameAgain ? link.login : null,
    linkId: link.id,
  });
}
