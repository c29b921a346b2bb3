import { missingScopes, type Provider } from "../../providers/provider.ts";

/** The state of an account with these scopes: `limited` where something that its provider requires is missing. */
export function stateFor(provider: Pick<Provider, "scopes">, granted: readonly string[]): "active" | "limited" {
  return missingScopes(provider, granted).length > 0 ? "limited" : "active";
}
