import { createGithub, type GithubOptions } from "./github.ts";
import type { Provider } from "./provider.ts";

export type Providers = ReadonlyMap<string, Provider>;

/** Every provider that is configured, by its id. */
export function createProviders(
  deps: { fetch: typeof globalThis.fetch },
  options: { github: GithubOptions },
  more: readonly Provider[] = [],
): Providers {
  return new Map([createGithub(deps, options.github), ...more].map((provider) => [provider.id, provider]));
}
