import type { GithubProvider } from "../../config/github-app.ts";
import { Problem } from "../../errors.ts";
import type { GithubClient } from "../../github/client.ts";
import { type GithubApps, githubApp } from "../../github/github-apps.ts";
import { readRepository } from "../../github/read-repository.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Credential } from "../../store/credential.ts";
import type { Capability } from "../../store/delegations.ts";
import { createPass as storePass } from "../../store/passes.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { noteSingleSignOn } from "../accounts/note-single-sign-on.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { parseRepository } from "../commits/names.ts";
import { requester } from "../commits/requester.ts";
import { type AuthoriseDeps, type Authorised, askUrl, authorise, requireUsable } from "../delegations/authorise.ts";
import { branchMatches, repositoryMatches } from "../delegations/patterns.ts";
import { isBranchPattern } from "../delegations/read-scope.ts";
import { hashSecret, newPass } from "../sign-in/secrets.ts";

export interface PassRequest {
  user: string;
  provider: GithubProvider;
  repositories: string[];
  /** Null: all that the person allowed. */
  branches: string[] | null;
  /** Null: every path. */
  paths: string[] | null;
  capabilities: Capability[];
  /** Seconds. */
  expiresIn: number;
  requestedBy?: string | undefined;
  runUrl?: string | undefined;
}

export type PassDeps = TokenDeps &
  AuthoriseDeps & { apps: GithubApps; client: GithubClient; githubUrl: string; userTokensEnabled: boolean };

/**
 * Makes a pass: a key for one bot as one person on named repositories, for hours, to hand into a sandbox. It holds what
 * the person's delegations allow and nothing more, and ends with any of them.
 * @returns the pass, which is shown this once: only its SHA-256 is stored
 * @throws Problem as {@link authorise} does, `key_kind` for a pass, `repository_not_found`, and what using the person's
 *   token to look the repositories up may throw
 */
export async function createPass(
  deps: PassDeps,
  caller: { credential: Credential; requestId: string },
  request: PassRequest,
): Promise<{ id: string; pass: string; expiresAt: Date }> {
  const { credential } = caller;
  if (credential.kind !== "key") throw new Problem("key_kind", "A pass makes no other passes: use the bot's key.");
  const names = request.repositories.map(parseRepository);
  const bad = request.branches?.find((pattern) => !isBranchPattern(pattern));
  if (bad !== undefined)
    throw new Problem("bad_request", `branches: "${bad}" is no branch name and no pattern of one.`);
  const { provider, capabilities } = request;
  const whole = { credential, user: request.user, provider, capabilities };
  // Each repository by itself: what they lack is said of the one that lacks it.
  const granted = await Promise.all(
    request.repositories.map((repository) => authorise(deps, { ...whole, target: { repository, ref: "none" } })),
  );
  const [authorised] = granted;
  if (!authorised) throw new Problem("bad_request", "repositories: name at least one.");
  githubApp(deps, provider);
  const delegationIds = behind(deps, request, authorised);
  const account = requireUsable(deps, authorised.account, provider);
  const bound = await Promise.all(
    names.map(async ({ owner, name }) => {
      const found = await actWithToken(deps, account, (token) =>
        noteSingleSignOn(deps, account, { token, owner }, () => readRepository(deps, token, { owner, name })),
      ).catch((error) => {
        throw providerProblem(error, namedProvider(deps, provider));
      });
      const named = `${owner}/${name}`.toLowerCase();
      if (found?.fullName.toLowerCase() === named) return { name: named, id: found.id };
      throw new Problem("repository_not_found", `There is no repository ${named} that the person can see.`);
    }),
  );
  const pass = newPass();
  const { userId, bot, identity } = authorised;
  const requestedBy = (await requester(deps, request.requestedBy)) ?? null;
  const runUrl = request.runUrl ?? null;
  const stored = await deps.database.transaction(async (transaction) => {
    const made = await storePass(transaction, {
      ...request,
      branches: request.branches ?? ["*"],
      passHash: hashSecret(pass),
      keyHash: credential.hash,
      botId: bot.id,
      userId,
      delegationIds,
      repositories: bound,
      requestedBy,
      runUrl,
    });
    await writeAudit(transaction, {
      action: "pass.create",
      actor: "bot",
      userId,
      botId: bot.id,
      identityId: identity?.id ?? null,
      provider,
      passId: made.id,
      requestedBy,
      runUrl,
      requestId: caller.requestId,
      repository: bound.length === 1 ? (bound[0]?.name ?? null) : null,
      detail: {
        repositories: bound.map(({ name }) => name),
        branches: request.branches,
        paths: request.paths,
        capabilities,
        until: made.expiresAt.toISOString(),
      },
    });
    return made;
  });
  return { id: stored.id, pass, expiresAt: stored.expiresAt };
}

/**
 * The delegations that a pass comes from.
 * @throws Problem `delegation_required` where a branch pattern reaches beyond what they allow with these capabilities
 */
function behind(deps: PassDeps, request: PassRequest, { bot, delegations }: Authorised): string[] {
  const sources = new Set<string>();
  for (const repository of request.repositories) {
    const reaching = delegations.filter((one) => repositoryMatches(one.repositories, repository));
    for (const capability of request.capabilities) {
      const giving = reaching.filter((one) => one.capabilities.includes(capability));
      for (const { id } of giving) sources.add(id);
      const beyond = request.branches?.find((wanted) => !giving.some((one) => branchMatches(one.branches, wanted)));
      if (beyond === undefined) continue;
      throw new Problem(
        "delegation_required",
        `The person has not given "${bot.name}" the capability "${capability}" in ${repository} on "${beyond}". They do so at the address in action_url.`,
        { actionUrl: askUrl(deps, bot.name, { ...request, repository, branch: beyond }) },
      );
    }
  }
  return [...sources];
}
