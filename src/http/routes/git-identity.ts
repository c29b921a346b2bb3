import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { gitIdentity } from "../../actions/delegations/git-identity.ts";
import { credentialOf } from "../credentials.ts";
import type { HttpDeps } from "../deps.ts";
import { userReference } from "../user-reference.ts";

/** `GET /api/v1/users/{user}/git-identity` */
export function gitIdentityRoutes(scope: FastifyInstance, deps: HttpDeps): void {
  scope.withTypeProvider<ZodTypeProvider>().get(
    "/api/v1/users/:user/git-identity",
    {
      schema: {
        params: z.object({ user: z.string().max(700) }),
        response: { 200: z.object({ name: z.string(), email: z.string() }) },
      },
    },
    async (request) =>
      gitIdentity(deps, { credential: credentialOf(request), user: userReference(request.url, request.params.user) }),
  );
}
