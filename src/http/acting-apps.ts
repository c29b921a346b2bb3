import { namedProvider } from "../actions/accounts/account-problem.ts";
import type { HttpDeps } from "./deps.ts";

/** GitHub's Apps that are configured, with whose accounts bots may act; the standard one first. */
export function actingApps(deps: HttpDeps): { id: string; name: string }[] {
  return [...deps.apps.keys()].map((id) => ({ id, name: namedProvider(deps, id).name }));
}
