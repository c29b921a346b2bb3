import type { Mirrors } from "../../git/mirrors.ts";
import type { AppInstallation } from "../../github/app-installation.ts";
import type { GithubClient } from "../../github/client.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";

/** What keeping mirrors depends on. */
export interface SyncDeps extends TokenDeps {
  client: GithubClient;
  app: AppInstallation;
  mirrors: Mirrors;
  githubUrl: string;
  userTokensEnabled: boolean;
}
