import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { registerRepository } from "../../actions/repositories/register-repository.ts";
import { removeRepository } from "../../actions/repositories/remove-repository.ts";
import { githubProviders } from "../../config/github-app.ts";
import { Problem } from "../../errors.ts";
import { isRepository, listRepositories, type Repository, wantSync } from "../../store/repositories.ts";
import { listSyncs } from "../../store/syncs.ts";
import { admitKeys } from "../admit-keys.ts";
import type { HttpDeps } from "../deps.ts";
import { cutPage, nextPage, pageLimit } from "../list-pages.ts";

const path = "/api/v1/repositories";
const params = z.object({ id: z.uuid({ error: "give a repository's id, as the list has it" }) });
const query = z.strictObject({ after: z.uuid().optional(), limit: pageLimit });
const nothing = z.strictObject({}).nullish();

const body = z.strictObject({
  repository: z.string().min(1).max(300),
  provider: z.enum(githubProviders).default("github"),
  /** A user reference; left out: the app's installation. */
  synced_by: z.string().min(1).max(700).nullish(),
  /** Seconds: 5 minutes to 30 days. */
  every: z
    .int()
    .min(300, { error: "give 300 to 2592000 seconds" })
    .max(2_592_000, { error: "give 300 to 2592000 seconds" })
    .nullish(),
});

const repositoryAnswer = z.object({
  id: z.uuid(),
  provider: z.string(),
  number: z.number(),
  repository: z.string(),
  synced_by: z.uuid().nullable(),
  every: z.number().nullable(),
  next_sync_at: z.string().nullable(),
  created_at: z.string(),
});

const syncAnswer = z.object({
  id: z.uuid(),
  reason: z.enum(["schedule", "request", "push", "retry"]),
  attribution: z.enum(["user", "app"]),
  user_id: z.uuid().nullable(),
  provider_uid: z.string().nullable(),
  login: z.string().nullable(),
  fallback_reason: z.string().nullable(),
  result: z.enum(["started", "succeeded", "failed"]),
  code: z.string().nullable(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
  duration_ms: z.number().nullable(),
});

/** A host platform's repositories: mirrors of them are kept, and each run says as whom it was made. */
export function repositoryRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  const { onRequest, callerOf } = admitKeys(deps, ["platform"]);
  const by = (request: FastifyRequest) => ({ actor: "platform", botId: callerOf(request).id }) as const;

  scope.put(
    path,
    { onRequest, schema: { body, response: { 200: repositoryAnswer, 201: repositoryAnswer } } },
    async (request, reply) => {
      const { repository: name, provider, synced_by = null, every = null } = request.body;
      const wish = { provider, repository: name, syncedBy: synced_by, everySeconds: every, by: by(request) };
      const { repository, created } = await registerRepository(deps, wish);
      return reply.code(created ? 201 : 200).send(toItem(repository));
    },
  );

  scope.get(
    path,
    {
      onRequest,
      schema: {
        querystring: query,
        response: { 200: z.object({ items: z.array(repositoryAnswer), next: z.url().optional() }) },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const { items, last } = cutPage(await listRepositories(deps.database, { after, limit: limit + 1 }), limit);
      return {
        items: items.map(toItem),
        ...(last && { next: nextPage(deps, { path, query: { limit }, after: last.id }) }),
      };
    },
  );

  scope.delete(`${path}/:id`, { onRequest, schema: { params, body: nothing } }, async (request, reply) => {
    await removeRepository(deps, { id: request.params.id, by: by(request) });
    return reply.code(204).send();
  });

  scope.post(
    `${path}/:id/sync`,
    { onRequest, schema: { params, body: nothing, response: { 202: z.object({ status: z.literal("waiting") }) } } },
    async (request, reply) => {
      const wanted = await wantSync(deps.database, { id: request.params.id }, "request");
      if (!wanted) throw unknown();
      return reply.code(202).send({ status: "waiting" });
    },
  );

  scope.get(
    `${path}/:id/syncs`,
    {
      onRequest,
      schema: {
        params,
        querystring: query,
        response: { 200: z.object({ items: z.array(syncAnswer), next: z.url().optional() }) },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { after, limit } = request.query;
      if (!(await isRepository(deps.database, id))) throw unknown();
      const found = await listSyncs(deps.database, { repositoryId: id, after, limit: limit + 1 });
      const { items, last } = cutPage(found, limit);
      return {
        items: items.map((sync) => ({
          id: sync.id,
          reason: sync.reason,
          attribution: sync.attribution,
          user_id: sync.userId,
          provider_uid: sync.providerUid,
          login: sync.login,
          fallback_reason: sync.fallbackReason,
          result: sync.result,
          code: sync.code,
          started_at: sync.startedAt.toISOString(),
          finished_at: sync.finishedAt?.toISOString() ?? null,
          duration_ms: sync.finishedAt && sync.finishedAt.getTime() - sync.startedAt.getTime(),
        })),
        ...(last && { next: nextPage(deps, { path: `${path}/${id}/syncs`, query: { limit }, after: last.id }) }),
      };
    },
  );
}

function unknown(): Problem {
  return new Problem("not_found", "There is no repository of that id: the list has those that are registered.");
}

function toItem(repository: Repository): z.infer<typeof repositoryAnswer> {
  return {
    id: repository.id,
    provider: repository.provider,
    number: repository.number,
    repository: repository.name,
    synced_by: repository.syncedByUserId,
    every: repository.everySeconds,
    next_sync_at: repository.nextSyncAt?.toISOString() ?? null,
    created_at: repository.createdAt.toISOString(),
  };
}
