import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { completeByCode } from "../../actions/connect-links/complete-by-code.ts";
import { createConnectLink } from "../../actions/connect-links/create-connect-link.ts";
import { listUserAccounts } from "../../store/accounts/list-user-accounts.ts";
import { admitKeys } from "../admit-keys.ts";
import type { HttpDeps } from "../deps.ts";
import { operation } from "../openapi/operation.ts";
import { userReference } from "../user-reference.ts";

const params = z.object({ user: z.string().max(1000).describe("`id`, `ext.ID` or `gh.NUMBER`.") });

const createLink = {
  ...operation("createConnectLink", {
    area: "Users",
    summary: "Make a link with which a user connects a provider",
    description: "Show it to that user alone. It works for ten minutes.",
    callers: ["platform"],
    problems: ["return_to_not_allowed", "user_not_found", "user_tokens_disabled"],
  }),
  params,
  body: z.strictObject({
    provider: z.string().max(64).describe("The provider's id."),
    scopes: z.array(z.string().min(1).max(200)).max(50).optional().describe("What is asked for beside what always is."),
    return_to: z
      .string()
      .max(2000)
      .optional()
      .describe("Where the user comes back to, with `connect_code`. Its origin must be in `RETURN_TO_ORIGINS`."),
  }),
  response: {
    201: z
      .object({ url: z.url().describe("Where the user goes."), expires_at: z.iso.datetime() })
      .describe("The link."),
  },
};

const complete = {
  ...operation("completeConnect", {
    area: "Users",
    summary: "Complete what a user has connected with a link",
    description: "Once, within ten minutes, for the user who is signed in where `connect_code` arrived.",
    callers: ["platform"],
    problems: [
      "connect_code_invalid",
      "user_not_found",
      "user_tokens_disabled",
      "account_revoked",
      "identity_in_use",
      "different_identity",
      "cannot_unseal",
      "provider_unavailable",
    ],
  }),
  params,
  body: z.strictObject({ code: z.string().max(200).describe("`connect_code` of the address.") }),
  response: {
    200: z
      .object({
        provider: z.string(),
        provider_uid: z.string().describe("The person's id at the provider."),
        login: z.string(),
        state: z.enum(["pending", "active", "limited", "revoked"]),
        scopes: z.array(z.string()),
      })
      .describe("The account, which can be used from now on."),
  },
};

/** How a host platform has its users connect. */
export function connectLinkRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  const { onRequest, callerOf } = admitKeys(deps, ["platform"]);

  scope.post("/api/v1/users/:user/connect-links", { onRequest, schema: createLink }, async (request, reply) => {
    const { provider, scopes = [], return_to: returnTo = null } = request.body;
    const user = userReference(request.url, request.params.user);
    const botId = callerOf(request).id;
    const { url, expiresAt } = await createConnectLink(deps, { user, provider, scopes, returnTo, botId });
    return reply.code(201).send({ url, expires_at: expiresAt.toISOString() });
  });

  scope.post("/api/v1/users/:user/connect-completions", { onRequest, schema: complete }, async (request) => {
    const user = userReference(request.url, request.params.user);
    const botId = callerOf(request).id;
    const { userId, provider } = await completeByCode(deps, { user, code: request.body.code, botId });
    const accounts = await listUserAccounts(deps.database, userId);
    const account = accounts.find((candidate) => candidate.provider === provider);
    if (!account) throw new Error("an account that was just connected is gone");
    const { providerUid, login, state, scopes } = account;
    return { provider, provider_uid: providerUid, login, state, scopes };
  });
}
