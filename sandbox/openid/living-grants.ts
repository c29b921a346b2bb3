import type { OpenidWorld } from "./world.ts";

/** Who has living tokens, of which client and with which scopes. */
export function livingGrants({ store }: OpenidWorld) {
  const found = new Map<string, { sub: string; clientId: string; scopes: string[]; tokens: number }>();
  for (const payload of [...store.living("AccessToken"), ...store.living("RefreshToken")]) {
    const { accountId = "", clientId = "", scope = "" } = payload;
    const key = `${clientId} ${accountId}`;
    const one = found.get(key) ?? { sub: accountId, clientId, scopes: [], tokens: 0 };
    const scopes = [...new Set([...one.scopes, ...scope.split(" ").filter(Boolean)])];
    found.set(key, { ...one, scopes, tokens: one.tokens + 1 });
  }
  return [...found.values()];
}
