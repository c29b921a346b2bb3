import { callJson } from "./json-call.ts";
import type { Oauth2 } from "./oauth2.ts";
import { callFailure, errorCode, type OwnErrors, tokenFailure } from "./oauth2-failure.ts";
import { boundedFetch } from "./outgoing.ts";
import type { GrantEnd, Provider } from "./provider.ts";

export interface RevocationOptions {
  name: string;
  url: string;
  /** `client` sends the token with the client's credentials (RFC 7009); `bearer` shows it, and sends nothing. */
  authentication: "client" | "bearer";
  /** Which token is enough to end what was granted. With `refresh_token` both are sent, that one first. */
  token: "refresh_token" | "access_token";
  /** Whether a revoked token takes more along than its own authorization. */
  ends: "grant" | "token";
  headers: Readonly<Record<string, string>>;
  errors: OwnErrors;
}

/** Ending grants and tokens by RFC 7009, where a token that isn't known any more is ended, too (2.2). */
export function createRevocation(
  deps: { fetch: typeof globalThis.fetch },
  oauth2: Pick<Oauth2, "send">,
  options: RevocationOptions,
): Pick<Provider, "grantEnd" | "endToken"> {
  const bounded = { fetch: boundedFetch(deps.fetch) };

  async function revoke(token: string, hint: string): Promise<"ended" | "not_found"> {
    const bearer = options.authentication === "bearer";
    const answer = bearer
      ? await callJson(bounded, options.url, {
          method: "POST",
          headers: { ...options.headers, authorization: `Bearer ${token}` },
        })
      : await oauth2.send(options.url, { token, token_type_hint: hint });
    const failure = (bearer ? callFailure : tokenFailure)(answer, options);
    if (!failure) return "ended";
    // Some say of a dead token what the RFC says of a good one.
    const dead =
      failure.kind === "refused" || failure.kind === "unauthorized" || errorCode(answer.body) === "invalid_token";
    if (dead) return "not_found";
    throw failure;
  }

  const grantEnd: GrantEnd = {
    takes: options.token === "refresh_token" ? "any_token" : "fresh_access_token",
    async end({ accessToken, refreshToken }) {
      if (refreshToken === null || options.token === "access_token") return revoke(accessToken, "access_token");
      const ended = await revoke(refreshToken, "refresh_token");
      // A server that ends one token at a time leaves this one alive for as long as it lasts.
      await revoke(accessToken, "access_token");
      return ended;
    },
  };
  const endToken = (accessToken: string) => revoke(accessToken, "access_token");
  return { grantEnd, endToken: options.ends === "token" ? endToken : null };
}
