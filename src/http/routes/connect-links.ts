import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { completeByCode } from "../../actions/connect-links/complete-by-code.ts";
import { createConnectLink } from "../../actions/connect-links/create-connect-link.ts";
import { listUserAccounts } from "../../store/accounts/list-user-accounts.ts";
import { admitKeys } from "../admit-keys.ts";
import type { HttpDeps } from "../deps.ts";
import { userReference } from "../user-reference.ts";

const params = z.object({ user: z.string().max(1000) });
const linkBody = z.strictObject({
  provider: z.string().max(64),
  scopes: z.array(z.string().min(1).max(200)).max(50).optional(),
  return_to: z.string().max(2000).optional(),
});
const completionBody = z.strictObject({ code: z.string().max(200) });

const linkAnswer = z.object({ url: z.string(), expires_at: z.string() });
const completionAnswer = z.object({
  provider: z.string(),
  provider_uid: z.string(),
  login: z.string(),
  state: z.enum(["pending", "active", "limited", "revoked"]),
  scopes: z.array(z.string()),
});

/** How a host platform has its users connect. */
export function connectLinkRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  const { onRequest, callerOf } = admitKeys(deps, ["platform"]);

  scope.post(
    "/api/v1/users/:user/connect-links",
    { onRequest, schema: { params, body: linkBody, response: { 201: linkAnswer } } },
    async (request, reply) => {
      const { provider, scopes = [], return_to: returnTo = null } = request.body;
      const user = userReference(request.url, request.params.user);
      const botId = callerOf(request).id;
      const { url, expiresAt } = await createConnectLink(deps, { user, provider, scopes, returnTo, botId });
      return reply.code(201).send({ url, expires_at: expiresAt.toISOString() });
    },
  );

  scope.post(
    "/api/v1/users/:user/connect-completions",
    { onRequest, schema: { params, body: completionBody, response: { 200: completionAnswer } } },
    async (request) => {
      const user = userReference(request.url, request.params.user);
      const botId = callerOf(request).id;
      const { userId, provider } = await completeByCode(deps, { user, code: request.body.code, botId });
      const accounts = await listUserAccounts(deps.database, userId);
      const account = accounts.find((candidate) => candidate.provider === provider);
      if (!account) throw new Error("an account that was just connected is gone");
      const { providerUid, login, state, scopes } = account;
      return { provider, provider_uid: providerUid, login, state, scopes };
    },
  );
}
