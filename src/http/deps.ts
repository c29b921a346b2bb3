import type { CommitDeps } from "../actions/commits/commit-as-user.ts";
import type { LookAlikeDeps } from "../actions/look-alike/allow.ts";
import type { SyncDeps } from "../actions/repositories/sync-deps.ts";
import type { SignInDeps } from "../actions/sign-in/sign-in.ts";
import type { Upstream } from "../providers/upstream.ts";

/** What the routes are given, wired once at start. */
export interface HttpDeps extends SignInDeps, CommitDeps, LookAlikeDeps, SyncDeps {
  /** The origins of the providers' pages: forms lead there, pictures come from there. */
  providerOrigins: string[];
  /** Where GitHub's REST API is. */
  apiUrl: string;
  upstream: Upstream;
}
