import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { namedUser } from "../../actions/users/named-user.ts";
import { putUser } from "../../actions/users/put-user.ts";
import { Problem } from "../../errors.ts";
import { listUserAccounts } from "../../store/accounts/list-user-accounts.ts";
import { admitKeys } from "../admit-keys.ts";
import type { HttpDeps } from "../deps.ts";
import { operation } from "../openapi/operation.ts";
import { userReference } from "../user-reference.ts";

const params = z.object({ user: z.string().max(1000).describe("A user reference.") });
const role = z.enum(["member", "admin"]);

const userAnswer = z.object({
  id: z.uuid(),
  external_id: z.string().describe("The id at the host platform, decoded."),
  role,
  status: z.enum(["active", "deactivated"]),
});

const put = {
  ...operation("putUser", {
    area: "Users",
    summary: "Create a user, or see that they are there",
    callers: ["platform"],
  }),
  params: z.object({ user: z.string().max(1000).describe("`ext.ID`, with the ID percent-encoded by itself.") }),
  body: z.strictObject({ role: role.optional().describe("Refused: admins are named by `ADMIN_USERS`.") }).nullish(),
  response: {
    200: userAnswer.describe("The user, who was there already."),
    201: userAnswer.describe("The user, who was created."),
  },
};

/** The whole of what is told of an account: what isn't here never leaves. */
const accountsAnswer = z
  .object({
    items: z.array(
      z.object({
        provider: z.string(),
        provider_uid: z.string().describe("The person's id at the provider."),
        login: z.string(),
        has_token: z.boolean(),
        state: z
          .enum(["pending", "active", "limited", "revoked"])
          .describe("`pending` is not usable yet, `limited` lacks a scope, `revoked` is over."),
        scopes: z.array(z.string()),
        access_expires_at: z.iso.datetime().nullable(),
        connected_at: z.iso.datetime(),
        last_used_at: z.iso.datetime().nullable(),
      }),
    ),
  })
  .describe("The user's accounts, also those that are over.");

const listAccounts = {
  ...operation("listAccounts", {
    area: "Users",
    summary: "List a user's accounts",
    description: "Never with a token.",
    callers: ["platform"],
    problems: ["user_not_found"],
  }),
  params,
  querystring: z.strictObject({}),
  response: { 200: accountsAnswer },
};

/** A host platform's users and their accounts. */
export function userRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  const { onRequest, callerOf } = admitKeys(deps, ["platform"]);

  scope.put("/api/v1/users/:user", { onRequest, schema: put }, async (request, reply) => {
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
  });

  scope.get("/api/v1/users/:user/accounts", { onRequest, schema: listAccounts }, async (request) => {
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
  });
}
