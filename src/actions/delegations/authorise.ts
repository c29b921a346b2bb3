import { Problem } from "../../errors.ts";
import type { Providers } from "../../providers/index.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import type { ReadAuthority } from "../../store/authorities.ts";
import type { ActingIdentity, Authority, AuthorityPass } from "../../store/authority.ts";
import type { Credential } from "../../store/credential.ts";
import type { Capability } from "../../store/delegations.ts";
import { parseUserReference } from "../../store/users.ts";
import { requireLive } from "../accounts/account-problem.ts";
import { covers, delegatedCapabilities, placesOf, type Target } from "./delegated-capabilities.ts";
import { usualApp } from "./named-app.ts";
import { requirePass } from "./require-pass.ts";

export interface AuthoriseDeps {
  readAuthority: ReadAuthority;
  publicUrl: string;
}

/** A bot that may act for a user, for this request. */
export interface Authorised {
  bot: Authority["bot"];
  /** At which the bot acts. */
  provider: string;
  userId: string;
  /** The person at the provider; null: never seen there. */
  identity: ActingIdentity | null;
  /** Whatever its state: see {@link requireUsable}. */
  account: HeldAccount | null;
  /** The person agreed to be signed off for. */
  signOff: boolean;
  /** What the person's delegations, and the pass where the caller has one, allow there. */
  capabilities: ReadonlySet<string>;
  /** The same in another place, as the same statement read it. */
  capabilitiesAt(target: Target): ReadonlySet<string>;
  /** Those in force from this person to this bot, wherever they reach. */
  delegations: Authority["delegations"];
  /** Null: the caller came with the bot's key. */
  pass: AuthorityPass | null;
}

export interface AuthoriseRequest {
  credential: Credential;
  /** As the caller wrote it; null: the pass's person. */
  user: string | null;
  /** The user came in `X-On-Behalf-Of`: beside a pass it can only repeat what the pass says. */
  besidePass?: boolean;
  provider: string;
  /** A pass may be for one of these just as well: then its own counts. */
  passProviders?: readonly string[];
  /** All of these are needed. */
  capabilities: Capability[];
  /** And one of these, if any are named. */
  oneOf?: Capability[];
  /** Null: any delegation with these capabilities will do. */
  target: Target | null;
}

/**
 * Decides whether a bot may act for a user: a live key of kind `bot` or a pass, an active user, a delegation that
 * covers the action. One statement, nothing cached (invariant 4).
 * @throws Problem `key_invalid`, `key_kind`, `bad_request`, `pass_scope`, `user_not_found`, `delegation_required`
 */
export async function authorise(deps: AuthoriseDeps, request: AuthoriseRequest): Promise<Authorised> {
  const named = request.user === null ? null : parseUserReference(request.user);
  const reference = named?.kind === "login" ? null : named;
  // An unknown key learns nothing about users, so a bad reference still looks the key up.
  const authority = await deps.readAuthority({
    credential: request.credential,
    user: reference,
    provider: request.provider,
  });
  if (!authority) {
    throw new Problem("key_invalid", "The key is unknown or was revoked. An operator makes one with `bots create`.");
  }
  if (authority.bot.kind !== "bot") {
    throw new Problem("key_kind", "This is a platform key, which never acts as a person: use a key of kind bot.");
  }
  if (request.user === null && !authority.pass) {
    throw new Problem(
      "bad_request",
      "A bot's key names nobody: use a pass (POST /api/v1/passes) or, where keys are taken, name the person in X-On-Behalf-Of.",
    );
  }
  if (!reference && request.user !== null) {
    throw new Problem(
      "bad_request",
      'Name the user by id, ext.ID or gh.NUMBER. Logins get re-registered, so "@login" never acts.',
    );
  }
  const { user, account, bot, pass } = authority;
  if (pass && !pass.namesPerson && request.besidePass) {
    throw new Problem("bad_request", "X-On-Behalf-Of names another person than the pass does: leave it out.");
  }
  const places = placesOf(request.target, pass);
  const provider = pass && request.passProviders?.includes(pass.provider) ? pass.provider : request.provider;
  if (pass) for (const target of places) requirePass(pass, { ...request, provider, target });
  if (user?.status !== "active") {
    throw new Problem(
      "user_not_found",
      "There is no active user of that reference. Let the person sign in to onbehalf, then name them by id, ext.ID or gh.NUMBER.",
    );
  }
  const [first = new Set<string>(), ...others] = places.map((target) => {
    const allowed = delegatedCapabilities(authority, target);
    requireCapabilities(deps, { bot, capabilities: allowed }, { ...request, provider, target });
    return allowed;
  });
  const capabilities = new Set([...first].filter((name) => others.every((allowed) => allowed.has(name))));
  const { identity, signOff } = user;
  const { delegations } = authority;
  const capabilitiesAt = (target: Target) => delegatedCapabilities(authority, target);
  return {
    bot,
    provider,
    userId: user.id,
    identity,
    account,
    signOff,
    capabilities,
    capabilitiesAt,
    delegations,
    pass,
  };
}

/**
 * The account, if the person's token may be used now.
 * @throws Problem `user_tokens_disabled`, `not_connected`, `account_revoked`
 */
export function requireUsable(
  deps: { publicUrl: string; providers: Providers; userTokensEnabled: boolean },
  account: HeldAccount | null,
  provider: string,
): HeldAccount {
  if (!deps.userTokensEnabled) {
    throw new Problem("user_tokens_disabled", "Acting as a person is switched off here (ENABLE_GITHUB_USER_TOKENS).");
  }
  return requireLive(deps, account, provider);
}

/** The first that a request needs and hasn't got. */
function missingCapability(
  granted: ReadonlySet<string>,
  { capabilities, oneOf = [] }: Pick<AuthoriseRequest, "capabilities" | "oneOf">,
): Capability | undefined {
  const [first] = oneOf;
  const missing = capabilities.find((capability) => !granted.has(capability));
  return missing ?? (oneOf.some((capability) => granted.has(capability)) ? undefined : first);
}

function requireCapabilities(
  deps: { publicUrl: string },
  granted: { bot: Authority["bot"]; capabilities: Set<string> },
  request: AuthoriseRequest,
): void {
  const missing = missingCapability(granted.capabilities, request);
  if (!missing) return;
  const { bot } = granted;
  const { target } = request;
  const what = `the capability "${missing}"${inWords(target)}`;
  const { ceiling } = bot;
  const limited = ceiling && !(covers(ceiling, target) && ceiling.capabilities.includes(missing));
  const capabilities = request.capabilities.includes(missing) ? request.capabilities : [missing];
  throw new Problem(
    "delegation_required",
    limited
      ? `An admin limits "${bot.name}" so that nobody can give it ${what}. The page at action_url says to what.`
      : `The person has not given "${bot.name}" ${what}. They do so at the address in action_url.`,
    { actionUrl: askUrl(deps, bot.name, { ...request, ...target, ...branchOf(target), capabilities }) },
  );
}

function inWords(target: Target | null): string {
  if (!target) return "";
  const { ref, repository } = target;
  if (ref === "none") return ` in ${repository}`;
  if (ref === "every") return ` in ${repository} on every branch`;
  return ` in ${repository} on ${"tag" in ref ? `tag "${ref.tag}"` : `branch "${ref.branch}"`}`;
}

/** As a delegation's branches name it. */
function branchOf(target: Target | null): { branch?: string } {
  if (!target || typeof target.ref === "string") return {};
  return { branch: "tag" in target.ref ? `refs/tags/${target.ref.tag}` : target.ref.branch };
}

/** The page on which the person sees who asks for what. */
export function askUrl(
  deps: { publicUrl: string },
  bot: string,
  asked: { provider: string; capabilities: Capability[]; repository?: string; branch?: string },
): string {
  const query = new URLSearchParams({ bot });
  if (asked.provider !== usualApp) query.append("provider", asked.provider);
  for (const capability of asked.capabilities) query.append("capability", capability);
  if (asked.repository) query.append("repository", asked.repository.toLowerCase());
  if (asked.branch) query.append("branch", asked.branch);
  return `${deps.publicUrl}/permissions?${query}`;
}
