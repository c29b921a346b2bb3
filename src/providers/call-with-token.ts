import { ProviderFailure } from "./failure.ts";
import { callJson } from "./json-call.ts";
import { callFailure, type OwnErrors } from "./oauth2-failure.ts";
import { boundedFetch } from "./outgoing.ts";

/** Asks a provider's API with an access token. */
export interface CallWithToken {
  /**
   * @param json sent with POST; without it the call is a GET
   * @throws ProviderFailure `unauthorized` for a dead token
   */
  ask(url: string, accessToken: string, json?: unknown): Promise<unknown>;
  /** Whether the token is taken there. */
  check(url: string, accessToken: string, json?: unknown): Promise<"alive" | "dead">;
}

/** @param options.headers those that carry the token, and what else a call needs */
export function createCallWithToken(
  deps: { fetch: typeof globalThis.fetch },
  options: { name: string; headers(accessToken: string): Record<string, string>; errors: OwnErrors },
): CallWithToken {
  const bounded = { fetch: boundedFetch(deps.fetch) };

  async function ask(url: string, accessToken: string, json?: unknown): Promise<unknown> {
    const headers = options.headers(accessToken);
    const answer = await callJson(
      bounded,
      url,
      json === undefined
        ? { method: "GET", headers }
        : { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(json) },
    );
    const failure = callFailure(answer, options);
    if (failure) throw failure;
    return answer.body;
  }

  return {
    ask,
    check: (url, accessToken, json) => aliveUnlessUnauthorized(() => ask(url, accessToken, json)),
  };
}

/** Only a call that is refused for its token shows that the token is dead; whatever else goes wrong is thrown on. */
export async function aliveUnlessUnauthorized(call: () => Promise<unknown>): Promise<"alive" | "dead"> {
  try {
    await call();
    return "alive";
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === "unauthorized") return "dead";
    throw error;
  }
}
