import type { Entry } from "../config/providers-file/entry.ts";
import { tokenPlace } from "../config/providers-file/header-rules.ts";
import type { TokenPair } from "../grant.ts";
import type { Api, Provider } from "./provider.ts";

/** What a provider of an entry needs. */
export interface EntryDeps {
  fetch: typeof globalThis.fetch;
  log: { warn(about: object, words: string): void };
}

export interface EntryOptions<OneEntry extends Entry> {
  id: string;
  clientId: string;
  clientSecret: string;
  entry: OneEntry;
}

/** What both kinds of entries say in the same words. */
export function common({ id, entry }: EntryOptions<Entry>, home: string) {
  return {
    id,
    name: entry.name,
    icon: entry.icon,
    settingsUrl: entry.settings_url ?? new URL(home).origin,
    signIn: entry.sign_in,
    disconnectWarning: null,
    backgroundRefreshesPerMinute: 30,
    api: apiOf(entry),
    hooks: [],
  } satisfies Partial<Provider>;
}

/** How the proxy reaches the API; null: the entry names none. */
function apiOf(entry: Entry): Api | null {
  const { api } = entry;
  if (!api) return null;
  return {
    origins: () => api.hosts,
    headers: (accessToken) => tokenHeaders(entry, accessToken),
    writesByGet: api.writes_by_get,
  };
}

/** How a token is put on a request. */
export function tokenHeaders({ api }: Entry, accessToken: string): Record<string, string> {
  const headers = api?.headers ?? { authorization: `Bearer ${tokenPlace}` };
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.replace(tokenPlace, () => accessToken)]),
  );
}

/** What a server does otherwise than its entry says is taken, and told to the operator. */
export function watchRotation(
  { log }: Pick<EntryDeps, "log">,
  { id: provider, entry: { rotation } }: EntryOptions<Entry>,
  refreshed: { refreshToken: string; pair: TokenPair },
): void {
  const { refreshToken, pair } = refreshed;
  const rotated = pair.refreshToken !== null && pair.refreshToken !== refreshToken;
  if (rotation === undefined || rotated === rotation) return;
  log.warn({ provider, rotation, rotated }, "the provider rotates refresh tokens otherwise than its entry says");
}
