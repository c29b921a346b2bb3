import { z } from "zod";
import type { TokenPair } from "../../src/grant.ts";
import { BenchError } from "../bench-error.ts";
import type { Github } from "./github.ts";

const answer = z.object({
  access_token: z.string(),
  expires_in: z.number(),
  refresh_token: z.string(),
  refresh_token_expires_in: z.number(),
});

/** A person's own tokens, for who uses them without onbehalf: through GitHub's web flow, as any GitHub App gets them. */
export async function authorizeDirectly(
  github: Github,
  options: { login: string; callbackUrl: string },
): Promise<TokenPair & { refreshToken: string }> {
  const { clientId, clientSecret } = github.app;
  const common = { client_id: clientId, redirect_uri: options.callbackUrl };
  const consent = await fetch(`${github.webUrl}/login/oauth/authorize`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ ...common, login: options.login, action: "authorize" }),
  });
  const code = URL.parse(consent.headers.get("location") ?? "")?.searchParams.get("code");
  if (!code) throw new BenchError(`The sandbox let ${options.login} authorize nothing: ${consent.status}.`);
  const exchange = await fetch(`${github.webUrl}/login/oauth/access_token`, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({ ...common, client_secret: clientSecret, code }),
  });
  const pair = answer.parse(await exchange.json());
  return {
    accessToken: pair.access_token,
    accessExpiresIn: pair.expires_in,
    refreshToken: pair.refresh_token,
    refreshExpiresIn: pair.refresh_token_expires_in,
    scopes: [],
  };
}
