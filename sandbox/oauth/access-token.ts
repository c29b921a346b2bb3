import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { clientApp } from "../http/caller-app.ts";
import type { World } from "../world/world.ts";
import { ACCESS_SECONDS, REFRESH_SECONDS, type UserToken } from "./user-tokens.ts";

const bodyShape = z.object({
  client_id: z.string().default(""),
  client_secret: z.string().default(""),
  grant_type: z.string().optional(),
  code: z.string().default(""),
  redirect_uri: z.string().optional(),
  code_verifier: z.string().optional(),
  refresh_token: z.string().default(""),
  repository_id: z.coerce.number().optional(),
});
type TokenRequest = z.infer<typeof bodyShape>;
type TokenError = keyof typeof DESCRIPTIONS;

const DESCRIPTIONS = {
  incorrect_client_credentials: "The client_id and/or client_secret passed are incorrect.",
  redirect_uri_mismatch: "The redirect_uri MUST match the registered callback URL for this application.",
  bad_verification_code: "The code passed is incorrect or expired.",
  bad_refresh_token: "The refresh token passed is incorrect or expired.",
  unsupported_grant_type: "The grant_type parameter is not supported.",
  unverified_user_email: "The user must have a verified primary email.",
};

/** `POST /login/oauth/access_token`: exchange and refresh. Errors come with HTTP 200, as GitHub's do. */
export function routeAccessToken(server: FastifyInstance, world: World): void {
  server.post("/login/oauth/access_token", async (request, reply) => {
    const fields = {
      ...z.looseObject({}).catch({}).parse(request.query),
      ...z.looseObject({}).catch({}).parse(request.body),
    };
    const body = bodyShape.safeParse(fields);
    const result = body.success ? grant(clientApp(world, body.data.client_id), body.data) : "bad_verification_code";
    const answer = typeof result === "string" ? errorBody(world, result) : tokenBody(result);
    reply.header("cache-control", "no-store");
    if (request.headers.accept?.includes("application/json")) return reply.send(answer);
    const text = Object.entries(answer).map(([name, value]): [string, string] => [name, String(value)]);
    return reply.type("application/x-www-form-urlencoded; charset=utf-8").send(new URLSearchParams(text).toString());
  });
}

function grant(world: World, body: TokenRequest): UserToken | TokenError {
  const { app } = world;
  if (body.client_id !== app.clientId || !equal(body.client_secret, app.clientSecret))
    return "incorrect_client_credentials";
  if (body.grant_type === "refresh_token") return refresh(world, body);
  if (body.grant_type !== undefined && body.grant_type !== "authorization_code") return "unsupported_grant_type";
  return exchange(world, body);
}

function exchange(world: World, body: TokenRequest): UserToken | TokenError {
  const code = world.codes.find(body.code);
  const foreign = body.redirect_uri !== undefined && !world.callbackUrls.includes(body.redirect_uri);
  if (foreign && world.switches.redirectUriCheckedFirst) return "redirect_uri_mismatch";
  if (!code) return "bad_verification_code";
  // RFC 6749, 4.1.3: what authorize was given must come back unchanged.
  if (code.redirectUri !== null && body.redirect_uri !== code.redirectUri) return "redirect_uri_mismatch";
  if (foreign) return "redirect_uri_mismatch";
  if (code.challenge !== null) {
    const offered = createHash("sha256")
      .update(body.code_verifier ?? "")
      .digest("base64url");
    if (!equal(offered, code.challenge)) {
      code.used = world.switches.wrongVerifierConsumesCode;
      return "bad_verification_code";
    }
  }
  code.used = true;
  if (world.people.byId(code.personId)?.emailVerified === false) return "unverified_user_email";
  return world.userTokens.issue(code.personId, body.repository_id ?? null);
}

function refresh(world: World, body: TokenRequest): UserToken | TokenError {
  const token = world.userTokens.byRefresh(body.refresh_token);
  return token ? world.userTokens.rotate(token) : "bad_refresh_token";
}

function tokenBody(token: UserToken): Record<string, string | number> {
  const rest = { scope: "", token_type: "bearer" };
  if (token.refresh === null) return { access_token: token.access, ...rest };
  return {
    access_token: token.access,
    expires_in: ACCESS_SECONDS,
    refresh_token: token.refresh,
    refresh_token_expires_in: REFRESH_SECONDS,
    ...rest,
  };
}

function errorBody(world: World, error: TokenError): Record<string, string> {
  const uri = `${world.addresses.web}/docs/oauth-errors#${error}`;
  return { error, error_description: DESCRIPTIONS[error], error_uri: uri };
}

function equal(a: string, b: string) {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
