import { Problem } from "../../errors.ts";
import type { Providers } from "../../providers/index.ts";
import { writeAudit } from "../../store/audit.ts";
import { createConnectLink as storeConnectLink } from "../../store/connect-links.ts";
import type { Database } from "../../store/database.ts";
import { holdActiveUser } from "../../store/users.ts";
import { hashSecret, newSecret } from "../sign-in/secrets.ts";
import { askedScopes } from "../sign-in/start-authorization.ts";
import { namedUser } from "../users/named-user.ts";
import { requireReturnTo } from "./require-return-to.ts";

export interface LinkWish {
  /** A user reference. */
  user: string;
  provider: string;
  /** Beside what the provider is always asked for. */
  scopes: readonly string[];
  returnTo: string | null;
  /** The platform. */
  botId: string;
}

/**
 * Makes a link with which one user connects one provider, for ten minutes. Its secret is kept as a hash only.
 * @throws Problem `bad_request`, `return_to_not_allowed`, `user_not_found`, `user_tokens_disabled`
 */
export async function createConnectLink(
  deps: {
    database: Database;
    publicUrl: string;
    providers: Providers;
    returnToOrigins: readonly string[];
    userTokensEnabled: boolean;
  },
  wish: LinkWish,
): Promise<{ url: string; expiresAt: Date }> {
  if (!deps.userTokensEnabled) {
    throw new Problem("user_tokens_disabled", "The operator has switched off acting as a person: nobody can connect.");
  }
  const provider = deps.providers.get(wish.provider);
  if (!provider) {
    const known = [...deps.providers.keys()].join(", ");
    throw new Problem("bad_request", `provider: there is none of that id here. There are: ${known}.`);
  }
  askedScopes(provider, wish.scopes);
  const returnTo = wish.returnTo === null ? null : requireReturnTo(deps.returnToOrigins, wish.returnTo);
  const user = await namedUser(deps, wish.user, "change");
  const secret = newSecret();
  const made = await deps.database.transaction(async (transaction) => {
    if (!(await holdActiveUser(transaction, user.id))) {
      throw new Problem("user_not_found", "That user was deactivated: nothing can be connected for them.");
    }
    const link = { secretHash: hashSecret(secret), userId: user.id, botId: wish.botId, provider: provider.id };
    const stored = await storeConnectLink(transaction, { ...link, scopes: wish.scopes, returnTo });
    await writeAudit(transaction, {
      action: "connect_link.create",
      actor: "platform",
      botId: wish.botId,
      userId: user.id,
      provider: provider.id,
      detail: { link: stored.id, scopes: [...wish.scopes], returns: returnTo !== null },
    });
    return stored;
  });
  return { url: `${deps.publicUrl}/connect-links/${secret}`, expiresAt: made.expiresAt };
}
