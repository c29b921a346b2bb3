import { Problem } from "../../errors.ts";
import { type GithubApps, githubApp } from "../../github/github-apps.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { readScopedToken, type ScopedToken, storeScopedToken } from "../../store/accounts/scoped-tokens.ts";
import type { AuthorityPass } from "../../store/authority.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";

/** Capabilities that change something. */
const writing = ["commit", "push", "pull-request", "api:write"];

/**
 * A token that GitHub itself has limited to the pass's repositories, and to reading where the pass only reads; without
 * `workflows` GitHub lets it change no workflow. Kept sealed until the pass ends, and ended with it.
 * @throws Problem `pass_scope` where GitHub can't make one, and what using the person's token may throw
 */
export async function scopedToken(
  deps: TokenDeps & { apps: GithubApps },
  account: HeldAccount,
  pass: AuthorityPass,
): Promise<string> {
  return ((await readScopedToken(deps, pass.id)) ?? (await makeScopedToken(deps, account, pass))).accessToken;
}

/** Makes one, in the place of the one that the pass has. */
export async function makeScopedToken(
  deps: TokenDeps & { apps: GithubApps },
  account: HeldAccount,
  pass: AuthorityPass,
): Promise<Pick<ScopedToken, "accessToken">> {
  const provider = deps.providers.get(account.provider);
  if (!provider) throw new Error(`provider ${account.provider} is not configured`);
  try {
    const [owner = "", ...others] = new Set(pass.repositories.map((repository) => repository.split("/")[0] ?? ""));
    if (others.length > 0) throw cannotNarrow("its repositories belong to several owners");
    const granted = await githubApp(deps, account.provider).permissions({
      owner,
      name: pass.repositories[0]?.split("/")[1] ?? "",
    });
    if (!granted) throw cannotNarrow("the app is not installed there");
    const to = { owner, repositoryIds: pass.repositoryIds, permissions: permissionsOf(pass, granted) };
    const made = await actWithToken(deps, account, async (token) => {
      const narrowed = await provider.narrow?.(token, to);
      if (narrowed) return narrowed;
      // GitHub's 404 is also its answer to a dead token (facts/github.md, 4).
      if ((await provider.check(token, account.metadata)) === "dead")
        throw new ProviderFailure("unauthorized", "the token is dead");
      throw cannotNarrow("this GitHub doesn't do so");
    });
    await storeScopedToken(deps, { ...made, passId: pass.id, userId: account.userId, provider: account.provider });
    return made;
  } catch (error) {
    throw providerProblem(error, { name: provider.name });
  }
}

function permissionsOf(
  { capabilities }: AuthorityPass,
  granted: Record<string, "read" | "write">,
): Record<string, "read" | "write"> {
  const writes = capabilities.some((capability) => writing.includes(capability));
  const kept = Object.entries(granted).filter(([name]) => name !== "workflows" || capabilities.includes("workflows"));
  return Object.fromEntries(kept.map(([name, level]) => [name, writes ? level : "read"]));
}

function cannotNarrow(reason: string): Problem {
  return new Problem(
    "pass_scope",
    `This needs a token that GitHub has limited to the pass's repositories, and ${reason}. Use REST below /repos, or a pass for one owner's repositories.`,
  );
}
