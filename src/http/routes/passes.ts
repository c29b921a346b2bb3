import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { createPass } from "../../actions/passes/create-pass.ts";
import { endPass } from "../../actions/passes/end-pass.ts";
import { githubProviders } from "../../config/github-app.ts";
import { capabilities } from "../../store/delegations.ts";
import { requestedBy, runUrl } from "../attribution-fields.ts";
import { credentialOf } from "../credentials.ts";
import type { HttpDeps } from "../deps.ts";
import { noFields } from "../no-fields.ts";
import { operation } from "../openapi/operation.ts";
import { ofAccounts, ofActing } from "../openapi/problem-codes.ts";

const pattern = z.string().min(1).max(300);

const passBody = z.strictObject({
  user: z.string().min(1).max(700).describe("As whom: `id`, `ext.ID` or `gh.NUMBER`."),
  provider: z.enum(githubProviders).default("github").describe("Which of the Apps at GitHub."),
  repositories: z.array(z.string().min(1).max(300)).min(1).max(50).describe("`owner/name` each."),
  branches: z.array(pattern).min(1).max(100).optional().describe("Names, in which `*` stands for anything."),
  paths: z
    .array(z.string().min(1).max(4096))
    .min(1)
    .max(100)
    .optional()
    .describe("What commits may touch, with `*` for anything."),
  capabilities: z.array(z.enum(capabilities)).min(1).max(capabilities.length),
  // 60 seconds to 8 hours (contract, API).
  expires_in: z.number().int().min(60).max(28_800).describe("Seconds. Cut to the end of the person's permission."),
  requested_by: requestedBy,
  run_url: runUrl,
});

const example: z.input<typeof passBody> = {
  user: "gh.583231",
  repositories: ["acme/site"],
  capabilities: ["commit"],
  expires_in: 3600,
};

const passAnswer = z
  .object({
    id: z.uuid(),
    pass: z.string().describe("The pass itself, `obp_…`. It is shown this once."),
    expires_at: z.iso.datetime(),
  })
  .describe("The pass.");

const end = {
  ...operation("endPass", {
    area: "Passes",
    summary: "End a pass",
    description: "By the bot that made it. Can be repeated.",
    callers: ["bot"],
    problems: ["not_found"],
  }),
  params: z.object({ id: z.uuid() }),
  body: noFields,
  response: { 204: z.undefined().describe("It works no more.") },
};

/** `POST /api/v1/passes`, `DELETE /api/v1/passes/{id}` */
export function passRoutes(api: FastifyInstance, deps: HttpDeps): void {
  const scope = api.withTypeProvider<ZodTypeProvider>();
  scope.post(
    "/api/v1/passes",
    {
      schema: {
        ...operation("createPass", {
          area: "Passes",
          summary: "Make a pass",
          description: "It allows what the person allows the bot there, and nothing more, and ends with that.",
          callers: ["bot"],
          problems: [...ofActing, ...ofAccounts, "repository_not_found"],
        }),
        body: passBody.meta({ examples: [example] }),
        response: { 201: passAnswer },
      },
    },
    async (request, reply) => {
      const { expires_in, requested_by, run_url, branches = null, paths = null, ...body } = request.body;
      const caller = { credential: credentialOf(request), requestId: request.id };
      const wish = { ...body, branches, paths, expiresIn: expires_in, requestedBy: requested_by, runUrl: run_url };
      const { id, pass, expiresAt } = await createPass(deps, caller, wish);
      return reply.code(201).send({ id, pass, expires_at: expiresAt.toISOString() });
    },
  );
  scope.delete("/api/v1/passes/:id", { schema: end }, async (request, reply) => {
    await endPass(deps, { credential: credentialOf(request), requestId: request.id }, request.params.id);
    return reply.code(204).send();
  });
}
