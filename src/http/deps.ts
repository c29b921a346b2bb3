import type { CommitDeps } from "../actions/commits/commit-as-user.ts";
import type { SignInDeps } from "../actions/sign-in/sign-in.ts";

/** What the routes are given, wired once at start. */
export interface HttpDeps extends SignInDeps, CommitDeps {
  /** The origins of the providers' pages: forms lead there, pictures come from there. */
  providerOrigins: string[];
}
