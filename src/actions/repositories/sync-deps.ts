import type { Mirrors } from "../../git/mirrors.ts";
import type { GithubClient } from "../../github/client.ts";
import type { GithubApps } from "../../github/github-apps.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";

/** What keeping mirrors depends on. */
export interface SyncDeps extends TokenDeps {
  client: GithubClient;
  apps: GithubApps;
  mirrors: Mirrors;
  githubUrl: string;
  userTokensEnabled: boolean;
}
