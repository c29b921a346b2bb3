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
import { cutPage, nextPage, nextPageAddress, pageLimit } from "../list-pages.ts";
import { noFields } from "../no-fields.ts";
import { operation } from "../openapi/operation.ts";

const path = "/api/v1/repositories";
const params = z.object({ id: z.uuid({ error: "give a repository's id, as the list has it" }) });
const query = z.strictObject({
  after: z.uuid().optional().describe("Goes on after this entry; `next` has it."),
  limit: pageLimit,
});

const body = z.strictObject({
  repository: z.string().min(1).max(300).describe("`owner/name`."),
  provider: z.enum(githubProviders).default("github").describe("Which of the Apps at GitHub."),
  synced_by: z
    .string()
    .min(1)
    .max(700)
    .nullish()
    .describe("As whom it is read, by a user reference. Null: as the App."),
  every: z
    .int()
    .min(300, { error: "give 300 to 2592000 seconds" })
    .max(2_592_000, { error: "give 300 to 2592000 seconds" })
    .nullish()
    .describe("Seconds from one run to the next: 5 minutes to 30 days. Null: on pushes and on request alone."),
});

const repositoryAnswer = z.object({
  id: z.uuid(),
  provider: z.string(),
  number: z.int().describe("The repository's id at GitHub."),
  repository: z.string(),
  synced_by: z.uuid().nullable().describe("The user's id. Null: the App."),
  every: z.int().nullable(),
  next_sync_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
});

const syncAnswer = z.object({
  id: z.uuid(),
  reason: z.enum(["schedule", "request", "push", "retry"]),
  attribution: z.enum(["user", "app"]),
  user_id: z.uuid().nullable(),
  provider_uid: z.string().nullable(),
  login: z.string().nullable(),
  fallback_reason: z.string().nullable().describe("Why it was read as the App although a user was named."),
  result: z.enum(["started", "succeeded", "failed"]),
  code: z.string().nullable(),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
  duration_ms: z.number().nullable(),
});

const put = {
  ...operation("putRepository", {
    area: "Repositories",
    summary: "Keep a mirror of a repository, or change how",
    callers: ["platform"],
    problems: ["user_not_found", "repository_not_found", "app_not_installed", "provider_unavailable"],
  }),
  body,
  response: {
    200: repositoryAnswer.describe("The repository, which was there already."),
    201: repositoryAnswer.describe("The repository, which is mirrored from now on."),
  },
};

const list = {
  ...operation("listRepositories", {
    area: "Repositories",
    summary: "List the repositories",
    callers: ["platform"],
  }),
  querystring: query,
  response: {
    200: z.object({ items: z.array(repositoryAnswer), next: nextPageAddress }).describe("The repositories."),
  },
};

const remove = {
  ...operation("deleteRepository", {
    area: "Repositories",
    summary: "Remove a mirror",
    callers: ["platform"],
    problems: ["not_found"],
  }),
  params,
  body: noFields,
  response: { 204: z.undefined().describe("It is gone.") },
};

const sync = {
  ...operation("syncRepository", {
    area: "Repositories",
    summary: "Bring a mirror up to date",
    callers: ["platform"],
    problems: ["not_found"],
  }),
  params,
  body: noFields,
  response: { 202: z.object({ status: z.literal("waiting") }).describe("A run is waiting. The runs say how it went.") },
};

const listRuns = {
  ...operation("listSyncs", {
    area: "Repositories",
    summary: "List a mirror's runs",
    callers: ["platform"],
    problems: ["not_found"],
  }),
  params,
  querystring: query,
  response: {
    200: z.object({ items: z.array(syncAnswer), next: nextPageAddress }).describe("The runs, latest first."),
  },
};

/** A host platform's repositories: mirrors of them are kept, and each run says as whom it was made. */
export function repositoryRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  const { onRequest, callerOf } = admitKeys(deps, ["platform"]);
  const by = (request: FastifyRequest) => ({ actor: "platform", botId: callerOf(request).id }) as const;

  scope.put(path, { onRequest, schema: put }, async (request, reply) => {
    const { repository: name, provider, synced_by = null, every = null } = request.body;
    const wish = { provider, repository: name, syncedBy: synced_by, everySeconds: every, by: by(request) };
    const { repository, created } = await registerRepository(deps, wish);
    return reply.code(created ? 201 : 200).send(toItem(repository));
  });

  scope.get(path, { onRequest, schema: list }, async (request) => {
    const { after, limit } = request.query;
    const { items, last } = cutPage(await listRepositories(deps.database, { after, limit: limit + 1 }), limit);
    return {
      items: items.map(toItem),
      ...(last && { next: nextPage(deps, { path, query: { limit }, after: last.id }) }),
    };
  });

  scope.delete(`${path}/:id`, { onRequest, schema: remove }, async (request, reply) => {
    await removeRepository(deps, { id: request.params.id, by: by(request) });
    return reply.code(204).send();
  });

  scope.post(`${path}/:id/sync`, { onRequest, schema: sync }, async (request, reply) => {
    const wanted = await wantSync(deps.database, { id: request.params.id }, "request");
    if (!wanted) throw unknown();
    return reply.code(202).send({ status: "waiting" });
  });

  scope.get(`${path}/:id/syncs`, { onRequest, schema: listRuns }, async (request) => {
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
  });
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
