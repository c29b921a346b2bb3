import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { gitIdentity } from "../../actions/delegations/git-identity.ts";
import { githubProviders } from "../../config/github-app.ts";
import { credentialOf } from "../credentials.ts";
import type { HttpDeps } from "../deps.ts";
import { userReference } from "../user-reference.ts";

/** `GET /api/v1/users/{user}/git-identity?provider=`; with a pass `me` is its person. */
export function gitIdentityRoutes(scope: FastifyInstance, deps: HttpDeps): void {
  scope.withTypeProvider<ZodTypeProvider>().get(
    "/api/v1/users/:user/git-identity",
    {
      schema: {
        params: z.object({ user: z.string().max(700) }),
        querystring: z.strictObject({ provider: z.enum(githubProviders).optional() }),
        response: { 200: z.object({ name: z.string(), email: z.string() }) },
      },
    },
    async (request) => {
      const { user } = request.params;
      // A pass knows its person; who was handed one may not.
      const named = user === "me" ? null : userReference(request.url, user);
      const { provider } = request.query;
      return gitIdentity(deps, { credential: credentialOf(request), user: named, provider });
    },
  );
}
