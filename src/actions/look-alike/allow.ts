import type { LRUCache } from "lru-cache";
import type { GithubProvider } from "../../config/github-app.ts";
import { Problem } from "../../errors.ts";
import { type GithubApps, githubApp } from "../../github/github-apps.ts";
import type { AuditEvent } from "../../store/audit.ts";
import type { Credential } from "../../store/credential.ts";
import type { AuditingDeps } from "../acting/audited.ts";
import type { SendDeps } from "../acting/send-as-person.ts";
import { requireUnprotected } from "../commits/protected-paths.ts";
import { type AuthoriseDeps, type Authorised, authorise } from "../delegations/authorise.ts";
import { namedApp } from "../delegations/named-app.ts";
import type { ApiRule } from "./api-rules.ts";

export interface LookAlikeDeps extends SendDeps, AuditingDeps, AuthoriseDeps {
  apps: GithubApps;
  userTokensEnabled: boolean;
  /** Whether long-lived bot keys are taken where passes are meant to be. */
  botKeysOnLookAlike: boolean;
  /** Names that were seen to be their passes' repositories a moment ago. */
  boundNames: LRUCache<string, true>;
}

export interface ApiCaller {
  credential: Credential;
  /** From `X-On-Behalf-Of`. */
  user: string | null;
  /** From `X-Onbehalf-Provider`, or the address; undefined: the pass's, or the standard App. */
  provider?: GithubProvider | undefined;
  requestId: string;
}

/**
 * Decides about a call.
 * @param repository `*`: whatever its token reaches; null: it is about no repository
 * @throws Problem as {@link authorise} does, `key_kind` where a pass is needed, `protected_path`
 */
export async function allow(
  deps: LookAlikeDeps,
  caller: ApiCaller,
  rule: ApiRule,
  repository: string | null,
): Promise<Authorised> {
  const { capabilities, ref, paths } = rule;
  const target = repository === null ? null : { repository, ref, ...(paths ? { paths } : {}) };
  const { credential, user, provider } = caller;
  const authorised = await authorise(deps, {
    credential,
    user,
    besidePass: user !== null,
    ...namedApp(provider),
    capabilities,
    target,
  });
  if (credential.kind === "key" && !deps.botKeysOnLookAlike) {
    throw new Problem(
      "key_kind",
      "GitHub's API takes a pass, which is short-lived and for named repositories: make one with POST /api/v1/passes. Bots' keys are taken where BOT_KEYS_ON_LOOK_ALIKE is true.",
    );
  }
  githubApp(deps, authorised.provider);
  if (authorised.pass && rule.leavesRepository) {
    throw new Problem("pass_scope", "A pass is for work within repositories: this reaches beyond.");
  }
  if (Array.isArray(paths) && !authorised.capabilities.has("workflows")) requireUnprotected(paths);
  return authorised;
}

/** What the audit log says of a call. */
export function describe(
  { requestId }: ApiCaller,
  { userId, bot, identity, pass, provider }: Authorised,
  call: {
    write: boolean;
    rule: ApiRule;
    repository: string | null;
    detail: NonNullable<AuditEvent["detail"]>;
  },
): AuditEvent & { action: "api.read" | "api.write" } {
  const { ref } = call.rule;
  return {
    action: call.write ? "api.write" : "api.read",
    actor: "bot",
    userId,
    botId: bot.id,
    identityId: identity?.id ?? null,
    provider,
    repository: call.repository,
    branch: typeof ref === "object" && "branch" in ref ? ref.branch : null,
    attribution: "user",
    passId: pass?.id ?? null,
    requestedBy: pass?.requestedBy ?? null,
    runUrl: pass?.runUrl ?? null,
    requestId,
    detail: call.detail,
  };
}
