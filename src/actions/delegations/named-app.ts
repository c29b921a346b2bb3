import { type GithubProvider, githubProviders } from "../../config/github-app.ts";

/** The App that is meant where nobody names one. */
export const usualApp: GithubProvider = "github";

/**
 * At which of GitHub's Apps a request acts: the one that it names, else a pass's own, else the standard one.
 * @param named beside a pass it can only repeat what the pass says
 */
export function namedApp(named: GithubProvider | undefined): { provider: string; passProviders?: readonly string[] } {
  return named ? { provider: named } : { provider: usualApp, passProviders: githubProviders };
}
