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

const pattern = z.string().min(1).max(300);

const passBody = z.strictObject({
  user: z.string().min(1).max(700),
  provider: z.enum(githubProviders).default("github"),
  repositories: z.array(z.string().min(1).max(300)).min(1).max(50),
  branches: z.array(pattern).min(1).max(100).optional(),
  paths: z.array(z.string().min(1).max(4096)).min(1).max(100).optional(),
  capabilities: z.array(z.enum(capabilities)).min(1).max(capabilities.length),
  // 60 seconds to 8 hours (contract, API).
  expires_in: z.number().int().min(60).max(28_800),
  requested_by: requestedBy,
  run_url: runUrl,
});

/** `POST /api/v1/passes`, `DELETE /api/v1/passes/{id}` */
export function passRoutes(api: FastifyInstance, deps: HttpDeps): void {
  const scope = api.withTypeProvider<ZodTypeProvider>();
  scope.post(
    "/api/v1/passes",
    {
      schema: {
        body: passBody,
        response: { 201: z.object({ id: z.string(), pass: z.string(), expires_at: z.string() }) },
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
  scope.delete("/api/v1/passes/:id", { schema: { params: z.object({ id: z.uuid() }) } }, async (request, reply) => {
    await endPass(deps, { credential: credentialOf(request), requestId: request.id }, request.params.id);
    return reply.code(204).send();
  });
}
