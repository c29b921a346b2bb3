import { createOctokit } from "./create-octokit.ts";
import {
  type CommitAnswer,
  type CommitWish,
  commitAnswer,
  type GitIdentity,
  gitIdentityAnswer,
  type Pass,
  type PassWish,
  passAnswer,
} from "./messages.ts";
import { OnbehalfError } from "./onbehalf-error.ts";

export type { CommitAnswer, CommitChange, CommitWish, GitIdentity, Pass, PassWish } from "./messages.ts";
export { OnbehalfError } from "./onbehalf-error.ts";

export interface ClientOptions {
  /** Where onbehalf is: its `PUBLIC_URL`. */
  url: string;
  /** A bot's key, or a pass. */
  key: string;
  /** Another `fetch`, such as one that goes through a proxy. */
  fetch?: typeof globalThis.fetch;
}

export interface Client {
  /**
   * @param user whom to act for: `id`, `ext.ID` (see {@link externalUser}) or `gh.NUMBER`. Never a login: those get
   *   re-registered
   */
  as(user: string): ActingClient;
}

/** Acts as one person. Everything it does carries their name, and stands in onbehalf's audit log. */
export interface ActingClient {
  /**
   * Commits, with the person as author.
   * @param options.idempotencyKey the same key and wish sent again never commit twice
   * @throws OnbehalfError with the problem's code, such as `delegation_required` with an `actionUrl` for the person;
   *   with `unreachable` where no answer came: whether it committed is not known then, and the same idempotency key
   *   tells
   */
  commit(wish: CommitWish, options?: { idempotencyKey?: string; signal?: AbortSignal }): Promise<CommitAnswer>;
  /** Makes a pass, to hand into a sandbox. It is shown this once. */
  pass(wish: PassWish, options?: { signal?: AbortSignal }): Promise<Pass>;
  /** Ends a pass of this bot's. */
  endPass(id: string): Promise<void>;
  /** What `git commit` should be given as the person's name and address. */
  gitIdentity(at?: { provider?: "github" | "github-lite" }): Promise<GitIdentity>;
  /**
   * An Octokit that acts as the person, through onbehalf.
   * @param wish the pass that it gets. Without it, it has this client's own key: a pass, or a bot's key where onbehalf
   *   takes those (`BOT_KEYS_ON_LOOK_ALIKE`)
   */
  octokit(wish?: PassWish): Promise<ReturnType<typeof createOctokit>>;
}

/** A host platform's id of a person, as a reference. */
export function externalUser(id: string): string {
  return `ext.${encodeURIComponent(id)}`;
}

/** A client of onbehalf's API. It keeps nothing but what it is given. */
export function createClient({ url, key, fetch = globalThis.fetch }: ClientOptions): Client {
  const base = url.replace(/\/+$/, "");

  async function answerTo(address: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    try {
      const response = await fetch(address, init);
      return { response, text: await response.text() };
    } catch (error) {
      // Whoever gave up knows that they did.
      init.signal?.throwIfAborted();
      throw OnbehalfError.unreachable(base, error);
    }
  }

  async function call(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal | undefined } = {},
  ): Promise<unknown> {
    const { body, signal } = options;
    const headers = new Headers({ authorization: `Bearer ${key}`, ...options.headers });
    if (body !== undefined) headers.set("content-type", "application/json");
    const { response, text } = await answerTo(`${base}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    if (!response.ok) throw OnbehalfError.of(response, text);
    return text === "" ? undefined : JSON.parse(text);
  }

  return {
    as: (user) => {
      const acting: ActingClient = {
        async commit(wish, { idempotencyKey, signal } = {}) {
          const headers: Record<string, string> =
            idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
          return commitAnswer.parse(
            await call("POST", "/api/v1/commits", { body: { ...wish, user }, headers, signal }),
          );
        },
        async pass(wish, { signal } = {}) {
          return passAnswer.parse(await call("POST", "/api/v1/passes", { body: { ...wish, user }, signal }));
        },
        async endPass(id) {
          await call("DELETE", `/api/v1/passes/${encodeURIComponent(id)}`);
        },
        async gitIdentity({ provider } = {}) {
          const query = provider ? `?provider=${provider}` : "";
          return gitIdentityAnswer.parse(await call("GET", `/api/v1/users/${user}/git-identity${query}`));
        },
        async octokit(wish) {
          const token = wish ? (await acting.pass(wish)).pass : key;
          return createOctokit({ baseUrl: `${base}/api/v3`, token, fetch, user });
        },
      };
      return acting;
    },
  };
}
