import { Problem } from "../../errors.ts";
import type { Providers } from "../../providers/index.ts";
import type { Account } from "../../store/accounts/account.ts";
import { type ActingIdentity, type Authority, readAuthority } from "../../store/authority.ts";
import type { Database } from "../../store/database.ts";
import type { Capability } from "../../store/delegations.ts";
import { parseUserReference } from "../../store/users.ts";
import { requireLive } from "../accounts/account-problem.ts";
import { branchMatches, repositoryMatches } from "./patterns.ts";

/** A bot that may act for a user, for this request. */
export interface Authorised {
  bot: Authority["bot"];
  userId: string;
  /** The person at the provider; null: never seen there. */
  identity: ActingIdentity | null;
  /** Whatever its state: see {@link requireUsable}. */
  account: Account | null;
  /** The person agreed to be signed off for. */
  signOff: boolean;
  /** What the person's delegations allow there. */
  capabilities: ReadonlySet<string>;
}

export interface AuthoriseRequest {
  keyHash: Buffer;
  /** As the caller wrote it. */
  user: string;
  provider: string;
  /** All of these are needed. */
  capabilities: Capability[];
  /** Null: any delegation with these capabilities will do. */
  target: { repository: string; branch: string } | null;
}

/**
 * Decides whether a bot may act for a user: a live key of kind `bot`, an active user, a delegation that covers the
 * action. One statement, nothing cached (invariant 4).
 * @throws Problem `key_invalid`, `key_kind`, `bad_request`, `user_not_found`, `delegation_required`
 */
export async function authorise(
  deps: { database: Database; publicUrl: string },
  request: AuthoriseRequest,
): Promise<Authorised> {
  const named = parseUserReference(request.user);
  const reference = named?.kind === "login" ? null : named;
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
  if (!reference) {
    throw new Problem(
      "bad_request",
      'Name the user by id, ext.ID or gh.NUMBER. Logins get re-registered, so "@login" never acts.',
    );
  }
  const { user, account, bot } = authority;
  if (user?.status !== "active") throw new Problem("user_not_found", "There is no active user of that reference.");
  const capabilities = delegatedCapabilities(authority, request.target);
  requireCapabilities(deps, { bot, capabilities }, request);
  return { bot, userId: user.id, identity: user.identity, account, signOff: user.signOff, capabilities };
}

/**
 * The account, if the person's token may be used now.
 * @throws Problem `user_tokens_disabled`, `not_connected`, `account_revoked`
 */
export function requireUsable(
  deps: { publicUrl: string; providers: Providers; userTokensEnabled: boolean },
  account: Account | null,
  provider: string,
): Account {
  if (!deps.userTokensEnabled) {
    throw new Problem("user_tokens_disabled", "Acting as a person is switched off here (ENABLE_GITHUB_USER_TOKENS).");
  }
  return requireLive(deps, account, provider);
}

/** What all delegations that cover a place allow there, together. */
function delegatedCapabilities(authority: Authority, target: AuthoriseRequest["target"]): Set<string> {
  const covering = authority.delegations.filter(
    (delegation) =>
      !target ||
      (repositoryMatches(delegation.repositories, target.repository) &&
        branchMatches(delegation.branches, target.branch)),
  );
  return new Set(covering.flatMap((delegation) => delegation.capabilities));
}

function requireCapabilities(
  deps: { publicUrl: string },
  granted: { bot: Authority["bot"]; capabilities: Set<string> },
  request: AuthoriseRequest,
): void {
  const missing = request.capabilities.find((capability) => !granted.capabilities.has(capability));
  if (!missing) return;
  const { target } = request;
  const { name } = granted.bot;
  const where = target ? ` in ${target.repository} on branch "${target.branch}"` : "";
  throw new Problem(
    "delegation_required",
    `The person has not given "${name}" the capability "${missing}"${where}. They do so at the address in action_url.`,
    { actionUrl: `${deps.publicUrl}/permissions?bot=${encodeURIComponent(name)}` },
  );
}
