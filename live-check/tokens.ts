import { z } from "zod";
import { type Answer, type GithubApi, read } from "./github-api.ts";
import type { Settings } from "./settings.ts";
import { type Code, startWebFlow, type WebFlow } from "./web-flow.ts";

export interface Pair {
  access: string;
  refresh: string | null;
}

/** Where user tokens come from: the environment, or a person's browser. */
export interface Tokens {
  /** A token that works. */
  current(): Promise<string>;
  /** A pair of its own. */
  fresh(): Promise<Pair>;
  /** A code that nobody has exchanged. */
  code(): Promise<Code>;
  /** Notes what must not be shown. */
  hide(secret: string): void;
  /** Tokens, codes and the like that must not be shown. */
  secrets(): string[];
  /** Logins and e-mail addresses of who tried, with what stands in their place. */
  people(): [string, string][];
  close(): void;
}

const personAnswer = z.object({ login: z.string(), email: z.string().nullish() });
const tokenAnswer = z.object({ access_token: z.string(), refresh_token: z.string().optional() });

/** @param deps.tell tells the person what to open */
export function createTokens(deps: { api: GithubApi; tell: (line: string) => void }, settings: Settings): Tokens {
  const { api, tell } = deps;
  const people = new Map<string, string>();
  const seen: string[] = settings.userToken ? [settings.userToken] : [];
  let newest = settings.userToken;
  let flow: Promise<WebFlow> | null = null;

  const open = async () => {
    const { callbackUrl, webUrl, app } = settings;
    if (!callbackUrl) throw new Error("LIVE_CHECK_CALLBACK_URL is not set");
    const started = await startWebFlow({ callbackUrl, webUrl, clientId: app.clientId });
    tell("Open this in a browser that is signed in to GitHub as the person to try it with, and leave the page open:");
    tell(started.address);
    return started;
  };
  const code = async () => {
    flow ??= open();
    const found = await (await flow).code();
    seen.push(found.code, found.verifier);
    return found;
  };
  const fresh = async () => {
    const { code: text, verifier, redirectUri } = await code();
    const answer = await api.oauth({ code: text, code_verifier: verifier, redirect_uri: redirectUri });
    const { access_token, refresh_token } = read(tokenAnswer, answer);
    seen.push(access_token, ...(refresh_token ? [refresh_token] : []));
    newest = access_token;
    if (people.size === 0) await works(access_token);
    return { access: access_token, refresh: refresh_token ?? null };
  };
  const works = async (token: string) => {
    const answer = await api.rest(token, "GET", "/user");
    const person = personAnswer.safeParse(answer.body).data;
    if (answer.status !== 200 || !person) return false;
    people.set(person.login, "LOGIN");
    if (person.email) people.set(person.email, "EMAIL");
    return true;
  };

  return {
    code,
    fresh,
    hide: (secret) => void seen.push(secret),
    secrets: () => [...seen],
    people: () => [...people],
    async current() {
      if (newest && (await works(newest))) return newest;
      if (!settings.callbackUrl) throw new Error("LIVE_CHECK_USER_TOKEN no longer works");
      return (await fresh()).access;
    },
    close() {
      void flow?.then((started) => started.close());
    },
  };
}

/** Whether GitHub calls a token alive. */
export async function isAlive(api: GithubApi, settings: Settings, access: string): Promise<boolean> {
  const path = `/applications/${settings.app.clientId}/token`;
  return (await api.rest("client", "POST", path, { access_token: access })).status === 200;
}

/** Deletes the token that an answer brought, if it brought one. */
export async function discard(api: GithubApi, settings: Settings, answer: Answer): Promise<void> {
  const made = tokenAnswer.safeParse(answer.body);
  if (!made.success) return;
  const path = `/applications/${settings.app.clientId}/token`;
  await api.rest("client", "DELETE", path, { access_token: made.data.access_token });
}
