import { createHash } from "node:crypto";
import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { readBasic } from "../http/caller.ts";
import { notFound, RestError, unprocessable } from "../http/rest-error.ts";
import { simpleUser } from "../rest/user-body.ts";
import type { World } from "../world/world.ts";
import { revokeAuthorization } from "./revoke-authorization.ts";
import type { UserToken } from "./user-tokens.ts";

const bodyShape = z.object({ access_token: z.string() });
export type Params = { Params: { client_id: string } };

/** `/applications/{client_id}/token` and `/grant`, with the app's id and secret as Basic credentials. */
export function routeApplications(server: FastifyInstance, world: World): void {
  server.post<Params>("/applications/:client_id/token", async (request) =>
    authorization(world, requireToken(world, request)),
  );

  server.patch<Params>("/applications/:client_id/token", async (request) => {
    const token = requireToken(world, request);
    world.userTokens.kill(token);
    return authorization(world, world.userTokens.issue(token.personId, token.repositoryId));
  });

  server.delete<Params>("/applications/:client_id/token", async (request, reply) => {
    const token = requireToken(world, request);
    token.accessAlive = false;
    if (world.switches.deletingTokenKillsRefreshToken) token.refreshAlive = false;
    return reply.code(204).send();
  });

  server.delete<Params>("/applications/:client_id/grant", async (request, reply) => {
    const token = requireToken(world, request);
    revokeAuthorization(world, token.personId, { deliver: world.switches.webhookOnApiGrantDeletion });
    return reply.code(204).send();
  });
}

/** The token that the body names, asked for with the app's own credentials. A stale one is a 404, also when its grant lives. */
export function requireToken(world: World, request: FastifyRequest<Params>): UserToken {
  const basic = readBasic(request.headers.authorization);
  const { clientId, clientSecret } = world.app;
  if (basic?.user !== clientId || basic.password !== clientSecret) throw new RestError(401, "Bad credentials");
  if (request.params.client_id !== clientId) throw notFound();
  const body = bodyShape.safeParse(request.body);
  if (!body.success) throw unprocessable('Invalid request.\n\n"access_token" wasn\'t supplied.');
  const token = world.userTokens.byAccess(body.data.access_token);
  if (!token) throw notFound();
  return token;
}

export function authorization(world: World, token: UserToken): components["schemas"]["authorization"] {
  const person = world.people.byId(token.personId);
  const created = new Date(token.createdAt).toISOString();
  return {
    id: token.id,
    url: `${world.addresses.api}/authorizations/${token.id}`,
    scopes: [],
    token: token.access,
    token_last_eight: token.access.slice(-8),
    hashed_token: createHash("sha256").update(token.access).digest("hex"),
    app: { client_id: world.app.clientId, name: world.app.name, url: world.addresses.web },
    note: null,
    note_url: null,
    updated_at: created,
    created_at: created,
    fingerprint: null,
    expires_at: token.accessExpiresAt === null ? null : new Date(token.accessExpiresAt).toISOString(),
    user: person ? simpleUser(world, person) : null,
  };
}
