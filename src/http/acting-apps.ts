import { namedProvider } from "../actions/accounts/account-problem.ts";
import { isGithubProvider } from "../config/github-app.ts";
import type { HttpDeps } from "./deps.ts";

/** GitHub's Apps that are configured, with whose accounts bots may act; the standard one first. */
export function actingApps(deps: HttpDeps): { id: string; name: string }[] {
  return [...deps.apps.keys()].map((id) => ({ id, name: namedProvider(deps, id).name }));
}

/** Where bots may act with people's accounts: GitHub's Apps, and each other provider that has an API for them. */
export function actingAccounts(deps: HttpDeps): { id: string; name: string; elsewhere?: boolean }[] {
  const others = [...deps.providers.values()].filter(({ id, api }) => !isGithubProvider(id) && api);
  return [...actingApps(deps), ...others.map(({ id, name }) => ({ id, name, elsewhere: true }))];
}
