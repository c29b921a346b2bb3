import type { GithubProvider } from "../config/github-app.ts";
import { Problem } from "../errors.ts";
import type { AppInstallation } from "./app-installation.ts";

/** GitHub's Apps that are configured, by the provider whose accounts they authorise. */
export type GithubApps = ReadonlyMap<GithubProvider, AppInstallation>;

/**
 * The App of a provider, acting under its own name.
 * @throws Problem `bad_request` for one that is not configured, or is no App at all
 */
export function githubApp({ apps }: { apps: GithubApps }, provider: string): AppInstallation {
  for (const [id, app] of apps) if (id === provider) return app;
  const known = [...apps.keys()].map((id) => `"${id}"`).join(" and ");
  throw new Problem(
    "bad_request",
    `provider: "${provider}" is no GitHub App that is configured here. There is ${known}.`,
  );
}
