import { z } from "zod";
import { BenchError } from "../bench-error.ts";
import type { Github } from "./github.ts";

const pair = z.object({ access_token: z.string() });

/** A person's own token, for who uses it without onbehalf: through GitHub's web flow, as any GitHub App gets one. */
export async function authorizeDirectly(github: Github, options: { login: string; callbackUrl: string }) {
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
  return pair.parse(await exchange.json()).access_token;
}
