import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { revokeAccount } from "../../actions/accounts/revoke-account.ts";
import { deactivateUser } from "../../actions/users/deactivate-user.ts";
import { eraseUser } from "../../actions/users/erase-user.ts";
import { findKnownUser } from "../../actions/users/find-known-user.ts";
import { namedUser } from "../../actions/users/named-user.ts";
import { Problem } from "../../errors.ts";
import { parseUserReference } from "../../store/users.ts";
import { admitKeys } from "../admit-keys.ts";
import type { HttpDeps } from "../deps.ts";
import { noFields } from "../no-fields.ts";
import { operation } from "../openapi/operation.ts";
import { userReference } from "../user-reference.ts";

const params = z.object({ user: z.string().max(1000).describe("`id`, `ext.ID` or `gh.NUMBER`.") });
const accountParams = params.extend({
  provider: z.string().regex(/^[a-z0-9_-]{1,64}$/, { error: "give a provider's id" }),
});
const response = {
  202: z
    .object({
      revocations: z
        .enum(["pending", "done", "unconfirmed"])
        .describe("How it stands at the providers. `pending` is tried again until they confirm."),
    })
    .describe("Over here. Can be repeated, to see how it stands."),
};

const disconnect = {
  ...operation("disconnectAccount", {
    area: "Users",
    summary: "End a user's account, also at the provider",
    callers: ["platform"],
    problems: ["user_not_found", "not_found", "provider_unavailable"],
  }),
  params: accountParams,
  body: noFields,
  response,
};

const deactivate = {
  ...operation("deactivateUser", {
    area: "Users",
    summary: "Deactivate a user",
    description: "Ends their sessions, permissions, passes and accounts, and they can't come in again.",
    callers: ["platform"],
    problems: ["user_not_found", "provider_unavailable"],
  }),
  params,
  body: noFields,
  response,
};

const erase = {
  ...operation("eraseUser", {
    area: "Users",
    summary: "Erase a user",
    description: "Ends all that deactivating ends, and removes who they were everywhere, also in the audit log.",
    callers: ["platform"],
    problems: ["user_not_found", "provider_unavailable"],
  }),
  params,
  body: noFields,
  response,
};

/** What a host platform ends. Each answers how the revocations stand at the providers, also when it is repeated. */
export function userEndingRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  const { onRequest, callerOf } = admitKeys(deps, ["platform"]);
  const by = (request: FastifyRequest) => ({ actor: "platform", botId: callerOf(request).id }) as const;

  scope.delete("/api/v1/users/:user/accounts/:provider", { onRequest, schema: disconnect }, async (request, reply) => {
    const user = await namedUser(deps, userReference(request.url, request.params.user), "change");
    const { provider } = request.params;
    const revocations = await revokeAccount(deps, { userId: user.id, provider }, by(request));
    if (!revocations && !deps.providers.has(provider)) {
      throw new Problem("not_found", "There is no provider of that name here.");
    }
    return reply.code(202).send({ revocations: revocations ?? "done" });
  });

  scope.post("/api/v1/users/:user/deactivate", { onRequest, schema: deactivate }, async (request, reply) => {
    const userId = await endedUser(deps, userReference(request.url, request.params.user));
    return reply.code(202).send(await deactivateUser(deps, { userId, by: by(request) }));
  });

  scope.delete("/api/v1/users/:user", { onRequest, schema: erase }, async (request, reply) => {
    const userId = await endedUser(deps, userReference(request.url, request.params.user));
    return reply.code(202).send(await eraseUser(deps, { userId, by: by(request) }));
  });
}

/** Whom a reference means, or meant before they were erased: a platform asks again whether their grants have ended. */
async function endedUser(deps: HttpDeps, text: string): Promise<string> {
  const reference = parseUserReference(text);
  const known = reference?.kind === "login" ? null : reference && (await findKnownUser(deps, reference));
  return known ?? (await namedUser(deps, text, "change")).id;
}
