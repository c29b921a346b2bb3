import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { gitIdentity } from "../../actions/delegations/git-identity.ts";
import { githubProviders } from "../../config/github-app.ts";
import { credentialOf } from "../credentials.ts";
import type { HttpDeps } from "../deps.ts";
import { operation } from "../openapi/operation.ts";
import { ofActing } from "../openapi/problem-codes.ts";
import { userReference } from "../user-reference.ts";

/** `GET /api/v1/users/{user}/git-identity?provider=`; with a pass `me` is its person. */
export function gitIdentityRoutes(scope: FastifyInstance, deps: HttpDeps): void {
  scope.withTypeProvider<ZodTypeProvider>().get(
    "/api/v1/users/:user/git-identity",
    {
      schema: {
        ...operation("getGitIdentity", {
          area: "Commits",
          summary: "The name and address that make a commit of git's a person's",
          description:
            "For a bot with the capability `commit` or `push` from that person. With a pass, `me` is its person.",
          callers: ["bot", "pass"],
          problems: [...ofActing, "user_tokens_disabled", "not_connected", "account_revoked"],
        }),
        params: z.object({ user: z.string().max(700).describe("A user reference; with a pass also `me`.") }),
        querystring: z.strictObject({
          provider: z.enum(githubProviders).optional().describe("Which of the Apps at GitHub."),
        }),
        response: {
          200: z
            .object({
              name: z.string(),
              email: z
                .string()
                .describe("GitHub's noreply address of the person: `ID+LOGIN@users.noreply.github.com`."),
            })
            .describe("What to set as `user.name` and `user.email`."),
        },
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
