import { decodeJwt } from "jose";
import { z } from "zod";
import type { Metadata, TokenPair } from "../grant.ts";
import { type AmocrmAnswer, apiFailure, tokenFailure } from "./amocrm-failure.ts";
import { uninstallHook } from "./amocrm-hook.ts";
import { type AccountHosts, accountHosts } from "./amocrm-hosts.ts";
import { touchedInAmocrm } from "./amocrm-touched.ts";
import { ProviderFailure } from "./failure.ts";
import { ForgedCallback } from "./forgery.ts";
import { localhostFetch } from "./localhost.ts";
import { boundedFetch } from "./outgoing.ts";
import type { Provider } from "./provider.ts";
import { sendableToken } from "./token-answer.ts";
import type { Turn } from "./turn.ts";

export interface AmocrmOptions {
  clientId: string;
  clientSecret: string;
  /** Where people authorize: https://www.amocrm.ru or https://www.kommo.com. Accounts have hosts of their own. */
  webUrl: string;
  /** The integration has one, which the token endpoint wants with both grants. */
  redirectUri: string;
}

/** Three months. */
const refreshLifeSeconds = 90 * 24 * 3600;
/** A second try within one refresh begins this long after the first at the latest: the account's lease is 30 s. */
const secondTryMs = 8_000;

const tokenAnswer = z.object({
  access_token: sendableToken,
  refresh_token: z.string().min(1),
  expires_in: z.number().positive().max(refreshLifeSeconds).catch(86_400),
});
const text = z.string().refine((value) => !value.includes("\0"));
const accountAnswer = z.object({
  id: z.number().int().positive(),
  subdomain: text.min(1),
  name: text.catch(""),
  current_user_id: z.number().int().positive(),
});
const userAnswer = z.object({ name: text.min(1).nullish(), email: text.min(1).nullish() });
const claims = z.object({ account_id: z.number().int().positive(), api_domain: z.string() });
const domainAnswer = z.object({ id: z.number().int().positive(), domain: z.string() });
const kept = z.object({ host: z.string(), api_domain: z.string(), account: z.string() });

/**
 * amoCRM, which is Kommo elsewhere. Every account has a host of its own, which the callback names: the token and the API
 * are there, and there is neither scope nor PKCE, nor a way to end a grant (facts/amocrm.md, 1 and 6).
 * @param deps.turn waits for one of the seven requests a second that an integration has
 * @param deps.callersTurn the same for what bots send; without it there is no difference
 */
export function createAmocrm(
  deps: { fetch: typeof globalThis.fetch; turn: Turn; callersTurn?: Turn },
  options: AmocrmOptions,
): Provider {
  const { clientId, clientSecret, webUrl, redirectUri } = options;
  const hosts = accountHosts(webUrl);
  const fetch = boundedFetch(webUrl.startsWith("http:") ? localhostFetch(deps.fetch) : deps.fetch);

  /** One request, to a host that is amoCRM's: the last look before anything leaves. */
  async function send(host: string, path: string, init: RequestInit = {}): Promise<AmocrmAnswer> {
    if (!hosts.allows(host)) throw new ProviderFailure("garbled", "not a host of amoCRM's; nothing was sent");
    const headers = { accept: "application/json", "user-agent": "onbehalf", ...init.headers };
    const response = await deps.turn(() => fetch(`${hosts.originOf(host)}${path}`, { ...init, headers }));
    const body: unknown = await response.json().catch(() => null);
    return { status: response.status, headers: response.headers, body };
  }

  const askForTokens = (host: string, grant: Record<string, string>): Promise<AmocrmAnswer> =>
    send(host, "/oauth2/access_token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_id: clientId, client_secret: clientSecret, redirect_uri: redirectUri, ...grant }),
    });

  const get = (host: string, path: string, accessToken: string) =>
    send(host, path, { headers: { authorization: `Bearer ${accessToken}` } });

  /** Where the account of a refresh token is by now; null: amoCRM doesn't know that token. */
  async function presentHost(refreshToken: string, { api_domain, account }: z.infer<typeof kept>) {
    const path = "/oauth2/account/current/subdomain";
    const answer = await send(api_domain, path, { headers: { "x-refresh-token": refreshToken } });
    if (answer.status === 401 || answer.status === 404 || answer.status === 400) return null;
    if (answer.status !== 200) throw apiFailure(answer);
    const { id, domain } = parse(domainAnswer, answer.body);
    if (String(id) !== account || !hosts.allows(domain)) {
      throw new ProviderFailure("garbled", "amoCRM named another account, or a host that isn't amoCRM's");
    }
    return domain;
  }

  return {
    id: "amocrm",
    // One service under two names.
    name: webUrl.includes("kommo") ? "Kommo" : "amoCRM",
    settingsUrl: webUrl,
    settingsUrlOf: ({ host }) => (host && hosts.allows(host) ? `${hosts.originOf(host)}/settings/widgets/` : webUrl),
    signIn: false,
    scopes: { asked: [], required: [], optional: [] },
    disconnectWarning:
      "No app can end its own access there: it ends when an administrator removes the integration, which ends it for everybody of that account.",
    // One of the seven requests a second: the rest is for people who wait.
    backgroundRefreshesPerMinute: 60,
    api: {
      origins: ({ host }) => (host && hosts.allows(host) ? [hosts.originOf(host)] : []),
      headers: (accessToken) => ({ authorization: `Bearer ${accessToken}` }),
      turn: deps.callersTurn ?? deps.turn,
      touched: touchedInAmocrm,
    },
    hooks: [uninstallHook(options)],
    webOrigins: () => ({ pages: [webUrl], pictures: [] }),

    async authorizeUrl({ state }) {
      const url = new URL(`${webUrl}/oauth`);
      url.search = new URLSearchParams({ client_id: clientId, state, mode: "popup" }).toString();
      return url.href;
    },

    async exchange({ code, parameters }) {
      const { referer = "", client_id = clientId } = parameters;
      if (!hosts.allows(referer)) throw new ForgedCallback("host_not_allowed", "the referer is no host of amoCRM's");
      if (client_id !== clientId) throw new ForgedCallback("issuer_mismatch", "the callback is another integration's");
      const answer = await askForTokens(referer, { grant_type: "authorization_code", code });
      if (answer.status !== 200) throw tokenFailure(answer);
      return readPair(answer.body, { host: referer, api_domain: referer, account: "" }, hosts);
    },

    async identify({ accessToken, metadata = {} }) {
      const { host, account } = parse(kept, metadata);
      const answer = await get(host, "/api/v4/account", accessToken);
      if (answer.status !== 200) throw apiFailure(answer);
      const { id, subdomain, name, current_user_id: user } = parse(accountAnswer, answer.body);
      if (subdomain !== hosts.subdomainOf(host) || (account !== "" && account !== String(id))) {
        throw new ForgedCallback("host_not_allowed", "the referer is not the account's own host");
      }
      // For admins alone.
      const seen = await get(host, `/api/v4/users/${user}`, accessToken);
      if (seen.status !== 200 && seen.status !== 403 && seen.status !== 404) throw apiFailure(seen);
      const shown = seen.status === 200 ? parse(userAnswer, seen.body) : {};
      return {
        uid: `${id}:${user}`,
        login: shown.email ?? `${user}@${host}`,
        displayName: shown.name ?? (name || null),
        email: shown.email ?? null,
        avatarUrl: null,
      };
    },

    async refresh(refreshToken, metadata) {
      const began = performance.now();
      const where = parse(kept, metadata);
      const grant = { grant_type: "refresh_token", refresh_token: refreshToken };
      const answer = await askForTokens(where.host, grant);
      if (answer.status === 200) return readPair(answer.body, where, hosts);
      const failure = tokenFailure(answer);
      // So does a former host of an account answer, too: whatever it says of the token proves nothing then.
      if (answer.status !== 401 && answer.status !== 404) throw failure;
      const host = await presentHost(refreshToken, where);
      if (host === null || host === where.host) throw failure;
      if (performance.now() - began > secondTryMs) {
        throw new ProviderFailure("unreachable", "the account has moved, and amoCRM was too slow to go there now");
      }
      const again = await askForTokens(host, grant);
      if (again.status !== 200) throw tokenFailure(again);
      return readPair(again.body, { ...where, host }, hosts);
    },

    async check(accessToken, metadata) {
      const answer = await get(parse(kept, metadata).host, "/api/v4/account", accessToken);
      if (answer.status === 200) return "alive";
      // A former host of the account refuses living tokens, too.
      if (answer.status === 401 || answer.status === 404) return "doubtful";
      throw apiFailure(answer);
    },

    grantEnd: null,
    endToken: null,
  };
}

/**
 * The token's claims are hints: there is no key to verify them with. What they name is checked before it is used, and
 * without them a pair is a pair.
 */
function readPair(body: unknown, known: z.infer<typeof kept>, hosts: AccountHosts): TokenPair & { metadata: Metadata } {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in } = parse(tokenAnswer, body);
  const { account_id, api_domain = "" } = readClaims(accessToken) ?? {};
  const metadata = {
    host: known.host,
    api_domain: hosts.allows(api_domain) ? api_domain : known.api_domain,
    account: known.account || String(account_id ?? ""),
  };
  return {
    accessToken,
    refreshToken,
    accessExpiresIn: expires_in,
    refreshExpiresIn: refreshLifeSeconds,
    scopes: null,
    metadata,
  };
}

function readClaims(accessToken: string): z.infer<typeof claims> | null {
  try {
    return claims.safeParse(decodeJwt(accessToken)).data ?? null;
  } catch {
    return null;
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, data: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  // No cause: zod's error can quote the input, which may hold a token.
  throw new ProviderFailure("garbled", "amoCRM's answer lacks what it must have");
}
