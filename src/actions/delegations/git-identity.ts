import type { GithubProvider } from "../../config/github-app.ts";
import { type GithubApps, githubApp } from "../../github/github-apps.ts";
import type { Providers } from "../../providers/index.ts";
import type { Credential } from "../../store/credential.ts";
import { noreplyAddress, personName } from "../commits/person-name.ts";
import { type AuthoriseDeps, authorise, requireUsable } from "./authorise.ts";
import { namedApp } from "./named-app.ts";

/**
 * What `git commit` should be given as a person's name and e-mail address: GitHub's noreply address, which survives
 * renames and gives no private address away. For bots that may commit, and for those that push commits of their own.
 * @param request.user null: the pass's person
 * @param request.provider undefined: the pass's, or the standard App
 */
export async function gitIdentity(
  deps: AuthoriseDeps & { apps: GithubApps; providers: Providers; userTokensEnabled: boolean },
  request: { credential: Credential; user: string | null; provider?: GithubProvider | undefined },
): Promise<{ name: string; email: string }> {
  const { identity, account, provider } = await authorise(deps, {
    credential: request.credential,
    user: request.user,
    ...namedApp(request.provider),
    capabilities: [],
    oneOf: ["commit", "push"],
    target: null,
  });
  githubApp(deps, provider);
  requireUsable(deps, account, provider);
  if (!identity) throw new Error("a live account has an identity");
  return { name: personName(identity), email: noreplyAddress(identity) };
}
