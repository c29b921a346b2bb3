import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { namedUser } from "../../actions/users/named-user.ts";
import { putUser } from "../../actions/users/put-user.ts";
import { Problem } from "../../errors.ts";
import { listUserAccounts } from "../../store/accounts/list-user-accounts.ts";
import { admitKeys } from "../admit-keys.ts";
import type { HttpDeps } from "../deps.ts";
import { userReference } from "../user-reference.ts";

const params = z.object({ user: z.string().max(1000) });
const role = z.enum(["member", "admin"]);

const userAnswer = z.object({
  id: z.uuid(),
  external_id: z.string(),
  role,
  status: z.enum(["active", "deactivated"]),
});

/** The whole of what is told of an account: what isn't here never leaves. */
const accountsAnswer = z.object({
  items: z.array(
    z.object({
      provider: z.string(),
      provider_uid: z.string(),
      login: z.string(),
      has_token: z.boolean(),
      state: z.enum(["pending", "active", "limited", "revoked"]),
      scopes: z.array(z.string()),
      access_expires_at: z.string().nullable(),
      connected_at: z.string(),
      last_used_at: z.string().nullable(),
    }),
  ),
});

/** A host platform's users and their accounts. */
export function userRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  const { onRequest, callerOf } = admitKeys(deps, ["platform"]);

  scope.put(
    "/api/v1/users/:user",
    {
      onRequest,
      schema: {
        params,
        body: z.strictObject({ role: role.optional() }).nullish(),
        response: { 200: userAnswer, 201: userAnswer },
      },
    },
    async (request, reply) => {
      if (request.body?.role !== undefined) {
        const says = 'A platform key gives no roles: leave "role" out. Admins are named by ADMIN_USERS.';
        throw new Problem("key_kind", says);
      }
      const { user, created } = await putUser(deps, {
        user: userReference(request.url, request.params.user),
        by: { actor: "platform", botId: callerOf(request).id },
      });
      const { id, externalId, status } = user;
      return reply.code(created ? 201 : 200).send({ id, external_id: externalId, role: user.role, status });
    },
  );

  scope.get(
    "/api/v1/users/:user/accounts",
    { onRequest, schema: { params, querystring: z.strictObject({}), response: { 200: accountsAnswer } } },
    async (request) => {
      const user = await namedUser(deps, userReference(request.url, request.params.user), "look-up");
      const accounts = await listUserAccounts(deps.database, user.id);
      return {
        items: accounts.map((account) => ({
          provider: account.provider,
          provider_uid: account.providerUid,
          login: account.login,
          has_token: account.hasToken,
          state: account.state,
          scopes: account.scopes,
          access_expires_at: account.accessExpiresAt?.toISOString() ?? null,
          connected_at: account.connectedAt.toISOString(),
          last_used_at: account.lastUsedAt?.toISOString() ?? null,
        })),
      };
    },
  );
}
