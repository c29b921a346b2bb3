import { Problem } from "../errors.ts";
import type { Account } from "../store/accounts/account.ts";
import { type ActingIdentity, type Authority, readAuthority } from "../store/authority.ts";
import type { Database } from "../store/database.ts";
import type { Capability } from "../store/delegations.ts";
import { parseUserReference } from "../store/users.ts";
import { requireLive } from "./account-problem.ts";
import { branchMatches, repositoryMatches } from "./patterns.ts";

/** A bot that may act as a user, for this request. */
export interface Authorised {
  bot: Authority["bot"];
  userId: string;
  identity: ActingIdentity;
  account: Account;
}

export interface AuthoriseRequest {
  keyHash: Buffer;
  /** As the caller wrote it. */
  user: string;
  provider: string;
  capability: Capability;
  /** Null: any delegation with that capability will do. */
  target: { repository: string; branch: string } | null;
}

/**
 * Decides whether a bot may act as a user: a live key of kind `bot`, an active user, a delegation that covers the
 * action, a live account. One statement, nothing cached (invariant 4).
 * @throws Problem `key_invalid`, `key_kind`, `bad_request`, `user_not_found`, `delegation_required`,
 *   `user_tokens_disabled`, `not_connected`, `account_revoked`
 */
export async function authorise(
  deps: { database: Database; publicUrl: string; userTokensEnabled: boolean },
  request: AuthoriseRequest,
): Promise<Authorised> {
  const reference = parseUserReference(request.user);
  // An unknown key learns nothing about users, so a bad reference still looks the key up.
  const authority = await readAuthority(deps.database, {
    keyHash: request.keyHash,
    user: reference ?? { kind: "ext", value: "" },
    provider: request.provider,
  });
  if (!authority) {
    throw new Problem("key_invalid", "The key is unknown or was revoked. An operator makes one with `bots create`.");
  }
  if (authority.bot.kind !== "bot") {
    throw new Problem("key_kind", "This is a platform key, which never acts as a person: use a key of kind bot.");
  }
  if (!reference || reference.kind === "login") {
    throw new Problem(
      "bad_request",
      'Name the user by id, ext.ID or gh.NUMBER. Logins get re-registered, so "@login" never acts.',
    );
  }
  const { user, account } = authority;
  if (user?.status !== "active") throw new Problem("user_not_found", "There is no active user of that reference.");
  requireDelegation(deps, authority, request);
  if (!deps.userTokensEnabled) {
    throw new Problem("user_tokens_disabled", "Acting as a person is switched off here (ENABLE_GITHUB_USER_TOKENS).");
  }
  const live = requireLive(deps, account, request.provider);
  if (!user.identity) throw new Error("a live account has an identity");
  return { bot: authority.bot, userId: user.id, identity: user.identity, account: live };
}

function requireDelegation(deps: { publicUrl: string }, authority: Authority, request: AuthoriseRequest): void {
  const { target, capability } = request;
  const covered = authority.delegations.some(
    (delegation) =>
      delegation.capabilities.includes(capability) &&
      (!target ||
        (repositoryMatches(delegation.repositories, target.repository) &&
          branchMatches(delegation.branches, target.branch))),
  );
  if (covered) return;
  const where = target ? ` in ${target.repository} on branch "${target.branch}"` : "";
  throw new Problem(
    "delegation_required",
    `The person has not allowed "${authority.bot.name}" to ${capability}${where}. They do so at the address in action_url.`,
    { actionUrl: `${deps.publicUrl}/permissions?bot=${encodeURIComponent(authority.bot.name)}` },
  );
}
