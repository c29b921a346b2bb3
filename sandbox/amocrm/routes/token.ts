import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { hostOf } from "../host.ts";
import { sendApiProblem, sendClientProblem, sendOauthProblem } from "../problem.ts";
import type { AmocrmWorld } from "../world.ts";

const fields = z.object({
  client_id: z.string(),
  client_secret: z.string(),
  grant_type: z.enum(["authorization_code", "refresh_token"]),
  redirect_uri: z.string(),
  code: z.string().optional(),
  refresh_token: z.string().optional(),
});

/** `POST /oauth2/access_token` on an account's host, in JSON; and where an account is now, for who has lost it. */
export function routeToken(server: FastifyInstance, world: AmocrmWorld): void {
  server.post("/oauth2/access_token", async (request, reply) => {
    const asked = hostOf(world, request);
    if (asked.kind === "former") {
      return sendApiProblem(reply, world.switches.formerHostStatus, "Account not found");
    }
    if (asked.kind !== "account") return sendApiProblem(reply, 404, "Not found");
    if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
      return sendOauthProblem(reply, 400, "Check the `grant_type` parameter");
    }
    const body = fields.safeParse(request.body);
    if (!body.success) {
      return sendOauthProblem(reply, 400, `Check the \`${String(body.error.issues[0]?.path[0])}\` parameter`);
    }
    const { client_id, client_secret, grant_type, redirect_uri, code, refresh_token } = body.data;
    const { integration, grants } = world;
    if (client_id !== integration.clientId) return sendOauthProblem(reply, 400, "Check the `client_id` parameter");
    if (!equal(client_secret, integration.clientSecret)) return sendClientProblem(reply);
    if (redirect_uri !== integration.callbackUrl) return sendOauthProblem(reply, 400, "Invalid redirect URI");
    const { id } = asked.account;
    const result =
      grant_type === "authorization_code" ? grants.exchange(code ?? "", id) : grants.refresh(refresh_token ?? "", id);
    if ("hint" in result) return sendOauthProblem(reply, result.status, result.hint);
    return reply.header("cache-control", "no-store").send({
      token_type: "Bearer",
      expires_in: 86_400,
      server_time: Math.floor(Date.now() / 1000),
      access_token: result.access,
      refresh_token: result.refresh,
    });
  });

  server.get("/oauth2/account/current/subdomain", async (request, reply) => {
    if (hostOf(world, request).kind !== "api") return sendApiProblem(reply, 404, "Not found");
    const refresh = request.headers["x-refresh-token"];
    const pair = typeof refresh === "string" ? world.grants.byRefresh(refresh) : undefined;
    const account = world.accounts.find(({ id }) => id === pair?.accountId);
    if (!account) return sendApiProblem(reply, 401, "Unauthorized");
    const { id, subdomain } = account;
    return reply.send({ id, subdomain, domain: `${subdomain}.${world.domain}`, top_level_domain: "localhost" });
  });
}

function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
