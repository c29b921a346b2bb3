import type { CommitDeps } from "../actions/commits/commit-as-user.ts";
import type { LookAlikeDeps } from "../actions/look-alike/allow.ts";
import type { SyncDeps } from "../actions/repositories/sync-deps.ts";
import type { SignInDeps } from "../actions/sign-in/sign-in.ts";
import type { Metrics, Observed } from "../metrics/create-metrics.ts";
import type { Upstream } from "../providers/upstream.ts";
import type { RequestIds } from "../request-ids.ts";
import type { CountAttempt } from "./rate-limits.ts";

/** What the routes are given, wired once at start. */
export interface HttpDeps extends SignInDeps, CommitDeps, LookAlikeDeps, SyncDeps {
  /** The origins of the providers' pages: forms lead there, pictures come from there. */
  /** Where connect links may lead back to. */
  returnToOrigins: string[];
  /** Where GitHub's REST API is. */
  apiUrl: string;
  upstream: Upstream;
  metrics: Metrics;
  /** How this process's pool is used. */
  connections: () => Observed["connections"];
  requestIds: RequestIds;
}

/** What a scope of routes is given besides: how it counts whoever fails to say who it is. */
export interface ScopeDeps extends HttpDeps {
  countAttempt: CountAttempt;
}
