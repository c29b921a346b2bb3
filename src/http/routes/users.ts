import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { revokeAccount } from "../../actions/accounts/revoke-account.ts";
import { namedUser } from "../../actions/users/named-user.ts";
import { putUser } from "../../actions/users/put-user.ts";
import { Problem } from "../../errors.ts";
import { listUserAccounts } from "../../store/accounts/list-user-accounts.ts";
import { admitKeys } from "../admit-keys.ts";
import type { HttpDeps } from "../deps.ts";
import { userReference } from "../user-reference.ts";

const params = z.object({ user: z.string().max(1000) });
const role = z.enum(["member", "admin"]);
const nothing = z.strictObject({}).nullish();

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

const revocationsAnswer = z.object({ revocations: z.enum(["pending", "done", "unconfirmed"]) });

/** What a host platform does with its users. It never acts as them. */
export function userRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  const { onRequest, callerOf } = admitKeys(deps, ["platform"]);
  const by = (request: FastifyRequest) => ({ actor: "platform", botId: callerOf(request).id }) as const;
  const named = (request: FastifyRequest & { params: { user: string } }) =>
    userReference(request.url, request.params.user);

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
      const { user, created } = await putUser(deps, { user: named(request), by: by(request) });
      const { id, externalId, status } = user;
      return reply.code(created ? 201 : 200).send({ id, external_id: externalId, role: user.role, status });
    },
  );

  scope.get(
    "/api/v1/users/:user/accounts",
    { onRequest, schema: { params, querystring: z.strictObject({}), response: { 200: accountsAnswer } } },
    async (request) => {
      const user = await namedUser(deps, named(request), "look-up");
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

  scope.delete(
    "/api/v1/users/:user/accounts/:provider",
    {
      onRequest,
      schema: {
        params: params.extend({ provider: z.string().regex(/^[a-z0-9_-]{1,64}$/, { error: "give a provider's id" }) }),
        body: nothing,
        response: { 202: revocationsAnswer },
      },
    },
    async (request, reply) => {
      const user = await namedUser(deps, named(request), "change");
      const { provider } = request.params;
      const revocations = await revokeAccount(deps, { userId: user.id, provider }, by(request));
      if (!revocations && !deps.providers.has(provider)) {
        throw new Problem("not_found", "There is no provider of that name here.");
      }
      return reply.code(202).send({ revocations: revocations ?? "done" });
    },
  );
}
