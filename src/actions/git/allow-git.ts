import type { LRUCache } from "lru-cache";
import type { GithubProvider } from "../../config/github-app.ts";
import { Problem } from "../../errors.ts";
import { type GithubApps, githubApp } from "../../github/github-apps.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import type { AuditEvent } from "../../store/audit.ts";
import type { AuthorityPass } from "../../store/authority.ts";
import type { Credential } from "../../store/credential.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import type { AuditingDeps } from "../acting/audited.ts";
import type { SendDeps } from "../acting/send-as-person.ts";
import { type AuthoriseDeps, type Authorised, authorise, requireUsable } from "../delegations/authorise.ts";
import { namedApp } from "../delegations/named-app.ts";
import { requireBoundRepository } from "../passes/require-bound-repository.ts";
import type { GitRepository } from "./git-path.ts";

export interface GitDeps extends SendDeps, AuditingDeps, AuthoriseDeps {
  apps: GithubApps;
  userTokensEnabled: boolean;
  /** Whether long-lived bot keys are taken where passes are meant to be. */
  botKeysOnLookAlike: boolean;
  /** Names that were seen to be their passes' repositories a moment ago. */
  boundNames: LRUCache<string, true>;
}

export interface GitCaller {
  credential: Credential;
  /** From `X-On-Behalf-Of`. */
  user: string | null;
  /** From `X-Onbehalf-Provider`; undefined: the pass's, or the standard App. */
  provider?: GithubProvider | undefined;
  requestId: string;
}

export type AllowedGit = Authorised & { account: HeldAccount };

/**
 * Decides whether git may read a repository, or push to it at all: on which refs is decided by each of them.
 * @throws Problem as {@link authorise} and {@link requireUsable} do, `key_kind` where a pass is needed, `pass_scope`
 */
export async function allowGit(
  deps: GitDeps,
  { credential, user, provider }: GitCaller,
  { owner, name }: GitRepository,
  what: "read" | "push",
): Promise<AllowedGit> {
  const authorised = await authorise(deps, {
    credential,
    user,
    besidePass: user !== null,
    ...namedApp(provider),
    // Who may push must read first: git compares histories.
    ...(what === "push" ? { capabilities: ["push"] } : { capabilities: [], oneOf: ["api:read", "push"] }),
    target: { repository: `${owner}/${name}`, ref: "none" },
  });
  if (credential.kind === "key" && !deps.botKeysOnLookAlike) {
    throw new Problem(
      "key_kind",
      "Git needs a pass, which is short-lived and for named repositories: make one with POST /api/v1/passes.",
    );
  }
  if (what === "push" && authorised.pass?.paths) {
    throw new Problem(
      "pass_scope",
      "This pass is for certain paths, and which paths a push changes can't be told: commit with POST /api/v1/commits.",
    );
  }
  githubApp(deps, authorised.provider);
  return { ...authorised, account: requireUsable(deps, authorised.account, authorised.provider) };
}

/**
 * Refuses a name that is not the pass's repository any more. Git has no address by number, so this is asked anew for
 * whatever counts.
 * @param lately true: having seen it within the last minute will do
 */
export async function requireBound(
  deps: GitDeps,
  account: HeldAccount,
  pass: AuthorityPass | null,
  repository: GitRepository,
  lately = false,
): Promise<void> {
  if (!pass) return;
  const key = `${pass.id} ${repository.owner}/${repository.name}`.toLowerCase();
  if (lately && deps.boundNames.has(key)) return;
  try {
    await actWithToken(deps, account, (token) => requireBoundRepository(deps, token, pass, repository));
  } catch (error) {
    throw providerProblem(error, namedProvider(deps, account.provider));
  }
  deps.boundNames.set(key, true);
}

/** What the audit log says of whoever does something, and where. */
export function describeGit(
  { requestId }: GitCaller,
  { userId, bot, identity, pass, provider }: Authorised,
  { owner, name }: GitRepository,
): Omit<AuditEvent, "action"> {
  return {
    actor: "bot",
    userId,
    botId: bot.id,
    identityId: identity?.id ?? null,
    provider,
    repository: `${owner}/${name}`,
    attribution: "user",
    passId: pass?.id ?? null,
    requestedBy: pass?.requestedBy ?? null,
    runUrl: pass?.runUrl ?? null,
    requestId,
  };
}
