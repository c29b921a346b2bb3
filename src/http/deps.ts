import type { GithubDeps } from "../actions/commit-on-branch.ts";
import type { SignInDeps } from "../actions/sign-in.ts";

/** What the routes are given, wired once at start. */
export interface HttpDeps extends SignInDeps, GithubDeps {
  userTokensEnabled: boolean;
  /** The origins of the providers' pages: forms lead there, pictures come from there. */
  providerOrigins: string[];
}
