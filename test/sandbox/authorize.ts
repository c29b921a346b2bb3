import { createHash, randomBytes } from "node:crypto";
import type { Sandbox } from "../../sandbox/index.ts";

export const CALLBACK = "http://127.0.0.1:9/connect/github/callback";

export interface Pair {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  refresh_token_expires_in: number;
  scope: string;
  token_type: string;
}

/** A visitor picks who they are and presses a button; the address that GitHub sends them to. */
export async function visit(
  sandbox: Sandbox,
  login: string,
  fields: Record<string, string> = {},
  action: "authorize" | "cancel" = "authorize",
): Promise<URL> {
  const answer = await fetch(`${sandbox.webUrl}/login/oauth/authorize`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({
      client_id: sandbox.app.clientId,
      redirect_uri: CALLBACK,
      state: "s1",
      login,
      action,
      ...fields,
    }),
  });
  return new URL(answer.headers.get("location") ?? "http://nowhere.invalid");
}

/** A request to the token endpoint, answered as JSON. */
export async function requestToken(sandbox: Sandbox, fields: Record<string, string>): Promise<Record<string, unknown>> {
  const answer = await fetch(`${sandbox.webUrl}/login/oauth/access_token`, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({
      client_id: sandbox.app.clientId,
      client_secret: sandbox.app.clientSecret,
      ...fields,
    }),
  });
  if (answer.status !== 200) throw new Error(`the token endpoint answered ${answer.status}`);
  return JSON.parse(await answer.text());
}

/** The whole flow with PKCE. */
export async function authorize(sandbox: Sandbox, login: string): Promise<Pair> {
  sandbox.setCallbackUrls([CALLBACK]);
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const back = await visit(sandbox, login, { code_challenge: challenge, code_challenge_method: "S256" });
  const answer = await requestToken(sandbox, {
    code: back.searchParams.get("code") ?? "",
    redirect_uri: CALLBACK,
    code_verifier: verifier,
  });
  return {
    access_token: String(answer.access_token),
    refresh_token: String(answer.refresh_token),
    expires_in: Number(answer.expires_in),
    refresh_token_expires_in: Number(answer.refresh_token_expires_in),
    scope: String(answer.scope),
    token_type: String(answer.token_type),
  };
}
