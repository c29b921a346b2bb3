import type { GoogleConfig } from "../config/google.ts";
import type { FileProvider } from "../config/providers-file/read-providers-file.ts";
import { type AmocrmOptions, createAmocrm } from "./amocrm.ts";
import type { EntryDeps } from "./entry-parts.ts";
import { createGeneric } from "./generic.ts";
import { createGenericOpenid } from "./generic-openid.ts";
import { createGithub, type GithubOptions } from "./github.ts";
import { createGoogle } from "./google.ts";
import type { Provider } from "./provider.ts";
import type { Turn } from "./turn.ts";

export type Providers = ReadonlyMap<string, Provider>;

/** Every provider that is configured, by its id. */
export function createProviders(
  deps: EntryDeps,
  options: {
    github: GithubOptions;
    githubLite?: GithubOptions | null;
    amocrm?: (AmocrmOptions & { turn: Turn; callersTurn?: Turn }) | null;
    google?: GoogleConfig | null;
    file?: readonly FileProvider[];
  },
  more: readonly Provider[] = [],
): Providers {
  const { github, githubLite, amocrm, google, file = [] } = options;
  // One way in is enough: whoever has the lite App has a person's number at GitHub, which signs in with the standard one.
  const lite = githubLite && { ...githubLite, id: "github-lite", name: "GitHub lite", signIn: false };
  const apps = [github, ...(lite ? [lite] : [])].map((app) => createGithub(deps, app));
  const own = [
    ...apps,
    ...(google ? [createGoogle(deps, google)] : []),
    ...(amocrm
      ? [createAmocrm({ ...deps, turn: amocrm.turn, callersTurn: amocrm.callersTurn ?? amocrm.turn }, amocrm)]
      : []),
  ];
  const described = file.map((provider) => createDescribed(deps, provider));
  return new Map([...own, ...described, ...more].map((provider) => [provider.id, provider]));
}

/** What an entry of the providers file describes. */
function createDescribed(deps: EntryDeps, { entry, ...options }: FileProvider): Provider {
  return entry.kind === "oidc"
    ? createGenericOpenid(deps, { ...options, entry })
    : createGeneric(deps, { ...options, entry });
}
