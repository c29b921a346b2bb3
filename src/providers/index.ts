import type { FileProvider } from "../config/providers-file/read-providers-file.ts";
import { createGeneric, type EntryDeps } from "./generic.ts";
import { createGithub, type GithubOptions } from "./github.ts";
import type { Provider } from "./provider.ts";

export type Providers = ReadonlyMap<string, Provider>;

/** Every provider that is configured, by its id. */
export function createProviders(
  deps: EntryDeps,
  options: { github: GithubOptions; file?: readonly FileProvider[] },
  more: readonly Provider[] = [],
): Providers {
  const described = (options.file ?? []).map((provider) => createDescribed(deps, provider));
  return new Map(
    [createGithub(deps, options.github), ...described, ...more].map((provider) => [provider.id, provider]),
  );
}

/** What an entry of the providers file describes. */
function createDescribed(deps: EntryDeps, { entry, ...options }: FileProvider): Provider {
  if (entry.kind === "oauth2") return createGeneric(deps, { ...options, entry });
  throw new Error(`${options.id}: kind: oidc can't be used yet`);
}
